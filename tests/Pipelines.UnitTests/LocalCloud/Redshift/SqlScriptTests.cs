using Pipelines.LocalCloud.Redshift.Sql;

namespace Pipelines.UnitTests.LocalCloud.Redshift;

public sealed class SqlScriptTests
{
    [TestCase("select ';' ; select $$;$$; select $a$ ; $$ ; $a$; -- ;\n select 1 /* ; /* ; */ ; */", 4)]
    [TestCase("select E'\\';'; select \"a;\"\"b\"", 2)]
    [TestCase(" ; ;", 0)]
    public void Statements_end_at_semicolons_that_are_not_quoted(string sql, int count) =>
        Assert.That(SqlScript.Parse(sql).Statements, Has.Count.EqualTo(count));

    [TestCase("select '#a', nvl2(x, 1, 2) from t -- #b sysdate")]
    [TestCase("create table t (id int not null, v varchar(10), d decimal(10,2), t timestamp default now())")]
    [TestCase("select a # b, 'sysdate', \"sysdate\", t.sysdate from t")]
    [TestCase("insert into t values (1, 'on conflict returning')")]
    [TestCase("merge into t using s on t.id = s.id when matched then update set v = s.v when not matched then insert values (s.id, s.v)")]
    public void Text_that_needs_no_change_is_not_touched(string sql)
    {
        var script = SqlScript.Parse(sql);
        Assert.That((script.Text, script.IsRewritten, script.NeedsSteps), Is.EqualTo((sql, false, false)));
    }

    [TestCase("create table t (id int primary key, p int references q(id) unique)", "create table t (id int NOT NULL, p int  )")]
    [TestCase("create table t (a int, b text, primary key (a), constraint c foreign key (b) references q)", "create table t (a int NOT NULL, b varchar(256)  )")]
    [TestCase("create table t (a int, primary key (a))", "create table t (a int NOT NULL )")]
    [TestCase("create table t (a int constraint u unique, b int constraint p primary key)", "create table t (a int , b int NOT NULL)")]
    [TestCase("create table \"Big\" (\"Id\" int)", "create table \"big\" (\"id\" int)")]
    [TestCase("select \"T\".\"A\"\"b\", 'X' as \"Y\" from \"T\"", "select \"t\".\"a\"\"b\", 'X' as \"y\" from \"t\"")]
    [TestCase("set query_group to 'etl'", "set redshift.query_group to 'etl'")]
    [TestCase("show server_version", "SELECT '8.0.2'::text AS server_version")]
    [TestCase("select listagg(nvl(a, b)) from t", "select string_agg((coalesce(a, b))::text, '') from t")]
    [TestCase("create table t (unique (a), a int)", "create table t ( a int)")]
    [TestCase("create table t (a int encode az64 distkey sortkey, b varchar)", "create table t (a int   , b varchar(256))")]
    [TestCase("create table t (a varchar(max), b character varying, c char(max), d super, e varbyte(10), f numeric)", "create table t (a varchar(65535), b varchar(256), c char(4096), d jsonb, e bytea, f numeric(18,0))")]
    [TestCase("create table t (a int) diststyle key distkey(a) compound sortkey (a, b) backup no encode auto", "create table t (a int)     ")]
    [TestCase("create table t distkey(a) interleaved sortkey(a) as select 1 a", "create table t   as select 1 a")]
    [TestCase("create table #s (like t including defaults)", "create TEMP table \"#s\" (like t including defaults)")]
    [TestCase("insert into #s select * from #S", "insert into \"#s\" select * from \"#s\"")]
    [TestCase("alter table t add column v varchar(max) encode zstd", "alter table t add column v varchar(65535) ")]
    [TestCase("alter table t add primary key (a)", "alter table t SET WITHOUT CLUSTER")]
    [TestCase("alter table t alter diststyle even", "alter table t SET WITHOUT CLUSTER")]
    [TestCase("vacuum full t to 99 percent", "VACUUM t")]
    [TestCase("select dateadd(day, 1, x), x::varchar(max)", "select dateadd('day', 1, x), x::varchar(65535)")]
    [TestCase("select listagg(distinct a, ',') within group (order by b) from t", "select string_agg(distinct (a)::text, ',' order by b) from t")]
    public void Redshifts_dialect_becomes_postgres(string sql, string expected) => Assert.That(SqlScript.Parse(sql).Text, Is.EqualTo(expected));

    [Test]
    public void Identity_columns_start_and_step_as_told() =>
        Assert.That(SqlScript.Parse("create table t (id bigint identity(0, 2))").Text, Does.Contain("GENERATED ALWAYS AS IDENTITY (START WITH 0 INCREMENT BY 2"));

    [TestCase("insert into t values (1) on conflict do nothing", "42601", "syntax error at or near \"ON\"")]
    [TestCase("delete from t returning id", "42601", "syntax error at or near \"RETURNING\"")]
    [TestCase("create unique index i on t (a)", "0A000", "SQL command \"create unique index i on t (a)\" not supported on Redshift tables.")]
    [TestCase("savepoint a", "0A000", "SQL command \"savepoint a\" not supported.")]
    [TestCase("rollback to savepoint a", "0A000", "SQL command \"rollback to savepoint a\" not supported.")]
    [TestCase("create table t (a jsonb)", "42704", "type \"jsonb\" does not exist")]
    [TestCase("create table t (a int[])", "0A000", "Column \"t.a\" has unsupported type \"int[]\".")]
    [TestCase("create table t (a serial)", "0A000", "Column \"t.a\" has unsupported type \"serial\".")]
    [TestCase("select '{}'::jsonb", "42704", "type \"jsonb\" does not exist")]
    [TestCase("create table t (a varchar(70000))", "22023", "length for type varchar cannot exceed 65535")]
    [TestCase("create table t (a numeric(40,2))", "22023", "NUMERIC precision 40 must be between 1 and 38")]
    public void What_redshift_does_not_do_is_refused(string sql, string code, string message)
    {
        var refused = (SqlStatement.Refused)SqlScript.Parse(sql).Statements.Single();
        Assert.That((refused.Error.Code, refused.Error.Message), Is.EqualTo((code, message)));
    }
}
