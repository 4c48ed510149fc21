using Pipelines.Activities.Redshift;
using Pipelines.Activities.Sql;
using Pipelines.Model.Activities;

namespace Pipelines.UnitTests.Activities;

public class PostgresTypesTests
{
    [TestCase("boolean", "BOOLEAN")]
    [TestCase("smallint", "SMALLINT")]
    [TestCase("integer", "INTEGER")]
    [TestCase("bigint", "BIGINT")]
    [TestCase("oid", "BIGINT")]
    [TestCase("real", "REAL")]
    [TestCase("double precision", "DOUBLE PRECISION")]
    [TestCase("date", "DATE")]
    [TestCase("time without time zone", "TIME")]
    [TestCase("time with time zone", "TIMETZ")]
    [TestCase("timestamp without time zone", "TIMESTAMP")]
    [TestCase("timestamp with time zone", "TIMESTAMPTZ")]
    [TestCase("bytea", "VARBYTE(1024000)")]
    [TestCase("uuid", "VARCHAR(36)")]
    [TestCase("text", "VARCHAR(65535)")]
    [TestCase("jsonb", "VARCHAR(65535)")]
    [TestCase("integer[]", "VARCHAR(65535)")]
    [TestCase("mood", "VARCHAR(65535)")]
    [TestCase("numeric", "VARCHAR(65535)")]
    [TestCase("character varying", "VARCHAR(65535)")]
    public void Types_without_sizes_have_a_type_that_holds_every_value(string source, string target) =>
        Assert.That(PostgresTypes.TargetOf(new SourceColumn("c", source)).Sql, Is.EqualTo(target));

    [TestCase(10, "VARCHAR(40)")]
    [TestCase(16383, "VARCHAR(65532)")]
    [TestCase(16384, "VARCHAR(65535)")]
    [TestCase(10485760, "VARCHAR(65535)")]
    public void A_varchar_has_room_for_four_bytes_per_character(int characters, string target) =>
        Assert.That(PostgresTypes.TargetOf(new SourceColumn("c", "character varying", characters)).Sql, Is.EqualTo(target));

    [TestCase(38, 10, "DECIMAL(38,10)")]
    [TestCase(5, 0, "DECIMAL(5,0)")]
    [TestCase(39, 0, "VARCHAR(65535)", Description = "more digits than a DECIMAL has")]
    [TestCase(38, 38, "VARCHAR(65535)", Description = "a DECIMAL has at most 37 decimals")]
    [TestCase(3, 5, "VARCHAR(65535)", Description = "PostgreSQL lets the scale exceed the precision")]
    [TestCase(3, 2046, "VARCHAR(65535)", Description = "a negative scale, as the driver reports it")]
    public void A_numeric_is_a_decimal_only_when_it_fits(int precision, int scale, string target) =>
        Assert.That(PostgresTypes.TargetOf(new SourceColumn("c", "numeric", Precision: precision, Scale: scale)).Sql, Is.EqualTo(target));

    [TestCase("decimal(18, 4)", "DECIMAL(18,4)")]
    [TestCase(" varchar ( 300 ) ", "VARCHAR(300)")]
    [TestCase("double precision", "DOUBLE PRECISION")]
    public void A_type_given_by_an_author_is_read(string text, string sql) => Assert.That(RedshiftType.Parse(text).Sql, Is.EqualTo(sql));

    [TestCase("INT); DROP TABLE x; --")]
    [TestCase("VARCHAR(max)")]
    [TestCase("")]
    public void What_is_no_type_never_reaches_a_statement(string text) =>
        Assert.That(() => RedshiftType.Parse(text), Throws.TypeOf<TaskFailure>().With.Property(nameof(TaskFailure.Retryable)).False);
}
