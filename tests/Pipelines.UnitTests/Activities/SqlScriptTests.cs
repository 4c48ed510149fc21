using CsCheck;
using Pipelines.Activities.Sql;

namespace Pipelines.UnitTests.Activities;

public class SqlScriptTests
{
    [Test]
    public void Semicolons_split_only_outside_quotes_and_comments()
    {
        const string script =
            """
            -- first; not a statement
            SELECT 'a;b', "c;d", E'e\';f', 'it''s;';
            /* outer ; /* inner ; */ still; */
            CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $body$ BEGIN RETURN 1; $$;$$ END; $body$;
            ; ;
            INSERT INTO t VALUES ($1, $2) -- last; comment
            """;

        var statements = SqlScript.Split(script);

        Assert.That(statements.Select(statement => statement.Verb), Is.EqualTo(new[] { "SELECT", "CREATE", "INSERT" }));
        Assert.That(statements.Select(statement => statement.Line), Is.EqualTo(new[] { 2, 4, 6 }));
        Assert.That(statements[0].Text, Does.EndWith("'it''s;'"));
        Assert.That(statements[1].Text, Does.EndWith("END; $body$"));
        Assert.That(statements[2].Parameters, Is.EqualTo(2));
    }

    [TestCase("a$1 ; b", 2, Description = "a dollar inside a name starts no quote")]
    [TestCase("SELECT 'open ; SELECT 2", 1)]
    [TestCase("SELECT $x$ open ; SELECT 2", 1)]
    [TestCase("SELECT 1 /* open ; SELECT 2", 1)]
    [TestCase("-- nothing", 0)]
    [TestCase("", 0)]
    [TestCase("SELECT name'x;y'", 1, Description = "not an E string: the letter belongs to a name")]
    public void Odd_scripts_split_as_the_server_would(string script, int count) => Assert.That(SqlScript.Split(script), Has.Count.EqualTo(count));

    [Test]
    public void Joined_statements_come_back_whole()
    {
        string[] pieces = ["SELECT 1", "'a;''b'", "\"x;\"\"y\"", "$$;$$", "$t$ $$;$$ $t$", "/*;*/ 2", "x$y", " ", "\n", "E'\\';'", "--;\n3"];
        // A piece that ends in a letter before one that starts a quote would be another token: keep them apart.
        var statement = Gen.Int[0, pieces.Length - 1].Array[1, 5].Select(chosen => "DO " + string.Join(' ', chosen.Select(index => pieces[index])));

        statement.Array[1, 4].Sample(statements =>
            Assert.That(SqlScript.Split(string.Join(" ; ", statements)).Select(split => split.Text), Is.EqualTo(statements.Select(text => text.TrimEnd()))));
    }
}
