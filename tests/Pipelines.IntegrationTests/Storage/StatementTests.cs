using System.Reflection;
using System.Text.RegularExpressions;
using Npgsql;
using Pipelines.Engine.Execution.Transport;
using Pipelines.Storage;

namespace Pipelines.IntegrationTests.Storage;

public partial class StatementTests
{
    private Migrated _migrated = null!;

    public static IEnumerable<TestCaseData> Statements() =>
        from type in typeof(Database).Assembly.GetTypes()
        from field in type.GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly)
        where field.IsLiteral && field.FieldType == typeof(string)
        let sql = (string)field.GetRawConstantValue()!
        where StatementStart().IsMatch(sql)
        select new TestCaseData(sql).SetArgDisplayNames($"{type.Name}.{field.Name}");

    [OneTimeSetUp]
    public async Task CreateAsync()
    {
        _migrated = await Migrated.CreateAsync();
        // Some write Hangfire's tables.
        _ = new TransportStorage(_migrated.Server.ConnectionString, workerCount: 0, new TaskNames(_ => null));
    }

    [OneTimeTearDown]
    public async Task DropAsync() => await _migrated.DisposeAsync();

    [Test]
    public void There_are_statements() => Assert.That(Statements().Count(), Is.GreaterThan(90));

    [TestCaseSource(nameof(Statements))]
    public async Task The_server_accepts(string sql)
    {
        var names = new List<string>();
        var numbered = Parameter().Replace(sql, match =>
        {
            if (!names.Contains(match.Value)) names.Add(match.Value);
            return $"${names.IndexOf(match.Value) + 1}";
        });
        await using var connection = await _migrated.Server.OpenAsync();
        await using var prepare = new NpgsqlCommand($"PREPARE statement AS {numbered}", connection);

        await Assert.DoesNotThrowAsync(() => prepare.ExecuteNonQueryAsync());
    }

    [GeneratedRegex(@"\A\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")]
    private static partial Regex StatementStart();

    [GeneratedRegex(@"(?<![@\w])@\w+")]
    private static partial Regex Parameter();
}
