using Npgsql;
using Pipelines.Storage;

namespace Pipelines.UnitTests.Storage;

/// <summary>Which errors of the metadata database are worth asking again.</summary>
public class DatabaseTroubleTests
{
    [TestCase(PostgresErrorCodes.QueryCanceled, true, TestName = "A cancelled statement may pass")]
    [TestCase(PostgresErrorCodes.LockNotAvailable, true, TestName = "A held lock may pass")]
    [TestCase(PostgresErrorCodes.DiskFull, true, TestName = "A full disk may pass")]
    [TestCase(PostgresErrorCodes.CheckViolation, false, TestName = "A value that is refused stays refused")]
    [TestCase(PostgresErrorCodes.UntranslatableCharacter, false, TestName = "A text that is refused stays refused")]
    public void What_may_pass(string sqlState, bool mayPass) =>
        Assert.That(DatabaseTrouble.MayPass(new PostgresException("it broke", "ERROR", "ERROR", sqlState)), Is.EqualTo(mayPass));
}
