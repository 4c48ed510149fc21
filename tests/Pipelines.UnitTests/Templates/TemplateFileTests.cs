using System.Text.Json.Nodes;
using Pipelines.Activities;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Mapping;
using Pipelines.Model.Templates;
using Pipelines.UnitTests.Dags;
using static Pipelines.UnitTests.Templates.TemplateCase;

namespace Pipelines.UnitTests.Templates;

/// <summary>Texts that name template files (airflow-semantics.md §22, template_ext): read with the DAG, kept with its version, rendered from there.</summary>
public class TemplateFileTests
{
    private static readonly ActivityCatalog Catalog = new([new SqlQuery(), new Bash()]);

    private static DagFileResult Read(Folder folder, string type, params (string Name, JsonNode? Value)[] inputs) => Read(folder, text => text, type, inputs);

    private static DagFileResult Read(Folder? folder, Func<DagText, DagText> set, string type, params (string Name, JsonNode? Value)[] inputs)
    {
        var text = set(new DagText());
        text.Activities.Add(new JsonObject([new("id", "1"), new("name", "work"), new("type", type), .. inputs.Select(input => KeyValuePair.Create(input.Name, input.Value))]));
        return DagFile.Read(text.Definition.ToJsonString(), "workflows/sales.json", Catalog, folder);
    }

    private static DagFileResult ReadSql(Folder folder, string sql, string syntax = "Jinja") => Read(folder, "SqlQuery", ("sql", DagText.Input(sql, syntax)));

    [Test]
    public void A_dag_takes_along_the_files_that_it_names_and_those_that_they_use()
    {
        var folder = new Folder(("load.sql", "{% include 'parts/where.sql' %}{% extends 'base.sql' %}"), ("parts/where.sql", "{% from 'm.sql' import a %}"), ("m.sql", ""), ("base.sql", ""), ("other.sql", ""));
        Assert.That(ReadSql(folder, "load.sql").Dag!.TemplateFiles.Texts.Keys, Is.EquivalentTo(new[] { "load.sql", "parts/where.sql", "m.sql", "base.sql" }));
        Assert.That(ReadSql(folder, "SELECT 1 {% include './m.sql' %}").Dag!.TemplateFiles.Texts.Keys, Is.EqualTo(new[] { "m.sql" }));
    }

    [TestCase("Jinja")]
    [TestCase("Literal")]
    public void A_file_is_a_template_whichever_syntax_names_it(string syntax)
    {
        var dag = ReadSql(new Folder(("load.sql", "SELECT '{{ ds }}'")), "load.sql", syntax).Dag!;
        var context = Context() with { Dag = dag, Task = dag.Tasks.Single() };
        Assert.That(InputRenderer.Render(new SqlQuery().Descriptor, context).Required("sql"), Is.EqualTo("SELECT '2026-03-01'"));
    }

    [Test]
    public void An_input_that_is_mapped_may_name_files_too()
    {
        var result = Read(new Folder(("a.sql", "A {{ ds }}")), "SqlQuery", ("expand", DagText.Input("""{"sql": ["a.sql", "SELECT 1"]}""")));
        Assert.That(result.Errors, Is.Empty);
        var dag = result.Dag!;
        var context = Context() with { Dag = dag, Task = dag.Tasks.Single() };
        string? Sql(JsonNode value, bool isLiteral) => InputRenderer.Render(new SqlQuery().Descriptor, context with { Mapped = new Dictionary<string, MappedValue> { ["sql"] = new(value, isLiteral) } }).Required("sql");
        Assert.That((Sql("a.sql", true), Sql("SELECT 1", true)), Is.EqualTo(("A 2026-03-01", "SELECT 1")));
        Assert.That(Sql("a.sql", false), Is.EqualTo("a.sql"), "what another task returned is no file's name");
    }

    [Test]
    public void A_json_file_gives_parameters()
    {
        var dag = Read(new Folder(("p.json", """["{{ ds }}", 5]""")), "SqlQuery", ("sql", DagText.Input("SELECT 1")), ("parameters", DagText.Input("p.json"))).Dag!;
        var context = Context() with { Dag = dag, Task = dag.Tasks.Single() };
        Assert.That(InputRenderer.Render(new SqlQuery().Descriptor, context).Required("parameters"), Is.EqualTo("""["2026-03-01", 5]"""));
    }

    [Test]
    public void A_command_that_ends_with_a_space_is_no_file()
    {
        Assert.That(Read(new Folder(), "Bash", ("bashCommand", "bash /opt/run.sh ")).Errors, Is.Empty);
        Assert.That(Read(new Folder(), "Bash", ("bashCommand", "/opt/run.sh")).Errors.Single().Message, Is.EqualTo(
            "Input 'bashCommand' names the template file '/opt/run.sh', which is not relative. Write it from the DAG file's folder or one of 'templateSearchPath', with '/'. If it is no file, end the text with a space."));
    }

    [TestCase("none.sql", "Input 'sql' names the template file 'none.sql', which is not there. If it is no file, end the text with a space.")]
    [TestCase("../../etc/x.sql", "Input 'sql' names the template file '../../etc/x.sql', which leads out of the folder with '..'. Template files lie in the DAG folder; move the file there. If it is no file, end the text with a space.")]
    [TestCase("sql\\x.sql", "Input 'sql' names the template file 'sql\\x.sql', which is not relative. Write it from the DAG file's folder or one of 'templateSearchPath', with '/'. If it is no file, end the text with a space.")]
    [TestCase(".git/x.sql", "Input 'sql' names the template file '.git/x.sql', which is hidden: a part of it begins with '.'. Give the file another name. If it is no file, end the text with a space.")]
    [TestCase("{{ params.f }}.sql", "Input 'sql' names the template file '{{ params.f }}.sql', which is a template itself. Which files a DAG uses must be known when it is read: write their names out, or give the text itself. If it is no file, end the text with a space.")]
    [TestCase("{% include ds ~ '.sql' %} ", "Input 'sql' names a template that is known only when it runs. Which files a DAG uses must be known when it is read: write the names in quotes, with 'if' between.")]
    [TestCase("{% include ['a.sql', 'b.sql'] %} ", "Input 'sql' needs one of 'a.sql', 'b.sql', and none of them is there.")]
    [TestCase("broken.sql", "Input 'sql' uses the template file 'broken.sql', which does not parse: This 'if' is not closed. End it with '{% endif %}'. (broken.sql, line 2, column 4)")]
    [TestCase("uses.sql", "'uses.sql' names the template file 'none.sql', which is not there.")]
    [TestCase("refused.sql", "Input 'sql' names the template file 'refused.sql', which may not be read. If it is no file, end the text with a space.")]
    public void A_file_that_cannot_be_had_is_an_error_at_its_setting(string sql, string message)
    {
        var folder = new Folder(("broken.sql", "\n{% if ds %}"), ("uses.sql", "{% include 'none.sql' %}"), ("refused.sql", null));
        var error = ReadSql(folder, sql).Errors.Single();
        Assert.That((error.Message, error.File, error.JsonPath), Is.EqualTo((message, "workflows/sales.json", "$.root.activities[1].sql.expression.value")));
    }

    [Test]
    public void What_may_be_missing_is_no_error() =>
        Assert.That(ReadSql(new Folder(), "{% include 'none.sql' ignore missing %} ").Errors, Is.Empty);

    [Test]
    public void A_dag_has_a_bounded_number_and_size_of_files()
    {
        var many = new Folder([("all.sql", string.Concat(Enumerable.Range(0, 600).Select(i => $"{{% include '{i}.sql' %}}"))), .. Enumerable.Range(0, 600).Select(i => ($"{i}.sql", ""))]);
        Assert.That(ReadSql(many, "all.sql").Errors.Single().Message, Does.StartWith("The DAG uses more than 500 template files or 8 MB of them."));
        var large = new Folder([("all.sql", string.Concat(Enumerable.Range(0, 9).Select(i => $"{{% include '{i}.sql' %}}"))), .. Enumerable.Range(0, 9).Select(i => ($"{i}.sql", new string('x', 1 << 20)))]);
        Assert.That(ReadSql(large, "all.sql").Errors.Single().Message, Does.StartWith("The DAG uses more than 500"));
    }

    [Test]
    public void The_search_path_is_asked_after_the_folder()
    {
        var folder = new Folder(("load.sql", ""));
        var dag = Read(folder, text => text.Set("templateSearchPath", new JsonArray("sql", "./shared//macros")), "SqlQuery", ("sql", "load.sql")).Dag!;
        Assert.That(folder.Asked, Is.EqualTo(new[] { "sql", "shared/macros" }));
        Assert.That(dag.TemplateSearchPath, Is.EqualTo(folder.Asked));
        Assert.That(Read(folder, text => text.Set("templateSearchPath", "/opt/sql"), "SqlQuery", ("sql", "load.sql")).Errors.Single().Message,
            Is.EqualTo("'templateSearchPath' names the folder '/opt/sql', which is not relative. Write it from the DAG file's folder or one of 'templateSearchPath', with '/'."));
    }

    [Test]
    public void A_folder_of_the_search_path_that_is_not_there_is_a_warning()
    {
        var result = Read(new Folder(("load.sql", ""), ("sql/x.sql", "")), text => text.Set("templateSearchPath", new JsonArray("sql", "shred")), "SqlQuery", ("sql", "load.sql"));
        Assert.That((result.Errors.Count, result.Warnings.Single().JsonPath, result.Warnings[0].Message), Is.EqualTo((0, "$.root.activities[0].templateSearchPath", "'templateSearchPath' names the folder 'shred', which is not there.")));
    }

    [Test]
    public void A_changed_file_is_another_version()
    {
        var hash = ReadSql(new Folder(("load.sql", "SELECT 1")), "load.sql").Hash;
        Assert.That(ReadSql(new Folder(("load.sql", "SELECT 1"), ("other.sql", "")), "load.sql").Hash, Is.EqualTo(hash));
        Assert.That(ReadSql(new Folder(("load.sql", "SELECT 2")), "load.sql").Hash, Is.Not.EqualTo(hash).And.Not.Null);
    }

    [Test]
    public void A_stored_version_from_before_there_were_template_files_stays_what_it_was()
    {
        var text = new DagText();
        text.Activities.Add(new JsonObject { ["id"] = "1", ["name"] = "work", ["type"] = "Bash", ["bashCommand"] = "bash /opt/run.sh" });
        var result = DagFile.Read(text.Definition.ToJsonString(), "sales.json", Catalog, new StoredTemplates(new Dictionary<string, string>()));
        Assert.That(result.Errors, Is.Empty);
        var context = Context() with { Dag = result.Dag!, Task = result.Dag!.Tasks.Single() };
        Assert.That(InputRenderer.Render(new Bash().Descriptor, context).Required("bashCommand"), Is.EqualTo("bash /opt/run.sh"));
    }

    [Test]
    public void Documentation_may_be_a_file()
    {
        var folder = new Folder(("README.md", "# Sales"), ("hidden.md", null));
        DagFileResult Doc(string doc) => Read(folder, text => text.Set("docMd", doc), "SqlQuery", ("sql", "SELECT 1"));
        Assert.That((Doc("README.md").Dag!.DocMd, Doc("See README.md\nor NOTES.md").Dag!.DocMd), Is.EqualTo(("# Sales", "See README.md\nor NOTES.md")));
        Assert.That(Doc("README.md").Dag!.TemplateFiles.Texts.Keys, Is.EqualTo(new[] { "README.md" }));
        Assert.That((Doc("none.md").Dag!.DocMd, Doc("none.md").Warnings.Single().Message), Is.EqualTo(("none.md", "'docMd' is 'none.md', which is not there. So these words themselves are the documentation.")));
        Assert.That(Doc("../x.md").Errors.Single().Message, Does.StartWith("'docMd' is '../x.md', which leads out of the folder"));
        Assert.That(Doc("hidden.md").Errors.Single().Message, Is.EqualTo("'docMd' names 'hidden.md', which may not be read."));
    }

    [Test]
    public void A_dag_may_give_all_its_templates_names_of_its_own()
    {
        var folder = new Folder(("load.sql", "{% from 'm.sql' import table %}{{ table('orders') }} {{ countries | join(',') }}"), ("m.sql", "{% macro table(name) %}{{ schema }}.{{ name }}{% endmacro %}"));
        DagFileResult Macros(string json) => Read(folder, text => text.Set("userDefinedMacros", json), "SqlQuery", ("sql", "load.sql"));
        var result = Macros("""{"schema": "sales", "countries": ["DE", "FR"]}""");
        var context = Context() with { Dag = result.Dag!, Task = result.Dag!.Tasks.Single() };
        Assert.That(InputRenderer.Render(new SqlQuery().Descriptor, context).Required("sql"), Is.EqualTo("sales.orders DE,FR"));
        Assert.That(result.Hash, Is.Not.EqualTo(Macros("""{"schema": "shop", "countries": ["DE", "FR"]}""").Hash));
        Assert.That(Macros("""{"ds": 1}""").Errors.Single().Message, Is.EqualTo("'userDefinedMacros' has the name 'ds', which templates have already. Choose another."));
        foreach (var name in new[] { "dag", "ti", "params", "var", "macros", "range", "run_after", "triggering_asset_events", "logical_date", "self", "loop" })
            Assert.That(Macros($$"""{"{{name}}": 1}""").Errors, Has.Count.EqualTo(1), name);
        Assert.That(Macros("""{"a-b": 1}""").Errors.Single().Message, Does.Contain("which no template can write"));
        Assert.That(Macros("[1]").Errors.Single().Message, Does.StartWith("'userDefinedMacros' must be a JSON object"));
    }

    /// <summary>A folder of files; one without a text may not be read.</summary>
    private sealed class Folder(params (string Name, string? Text)[] files) : ITemplateSource
    {
        public IReadOnlyList<string> Asked { get; private set; } = [];

        public string? FolderFault(string folder) => files.Any(file => file.Name.StartsWith(folder + "/", StringComparison.Ordinal)) ? null : "is not there.";

        public FoundTemplate Find(string name, IReadOnlyList<string> searchPath)
        {
            Asked = searchPath;
            return files.Where(file => file.Name == name).Select(file => file.Text is { } text ? FoundTemplate.Of(text) : FoundTemplate.Refused("may not be read."))
                .FirstOrDefault(FoundTemplate.Missing("is not there."));
        }
    }
}
