using static Pipelines.UnitTests.Templates.TemplateCase;

namespace Pipelines.UnitTests.Templates;

/// <summary>Jinja's own filters and tests: every expected text is what Jinja 3.1.6 gave for the template.</summary>
public class FilterTests
{
    [TestCase("{{ 'ab' | center(7) }}|{{ 'abc' | center(8) }}|{{ 'ab' | center(5) }}|{{ 'a' | center(4) }}|",
        "   ab  |  abc   |  ab | a  |")]
    [TestCase("{{ '<a href=\"x\">&\\'' | e }} {{ '<b>' | safe }} {{ '<' | forceescape }}",
        "&lt;a href=&#34;x&#34;&gt;&amp;&#39; <b> &lt;")]
    [TestCase("{{ 1 | filesizeformat }} {{ 999 | filesizeformat }} {{ 1000 | filesizeformat }} {{ 1500000 | filesizeformat }} {{ 2048 | filesizeformat(true) }} {{ 0 | filesizeformat }} {{ 1000000 | filesizeformat}}",
        "1 Byte 999 Bytes 1.0 kB 1.5 MB 2.0 KiB 0 Bytes 1.0 MB")]
    [TestCase("{{ 'a\\nb\\n\\nc' | indent(2) }}|{{ 'a\\nb' | indent(2, true) }}|{{ 'a\\n\\nb' | indent('> ', blank=true) }}",
        "a\n  b\n\n  c|  a\n  b|a\n> \n> b")]
    [TestCase("{{ 'foo bar baz qux' | truncate(9) }}|{{ 'foo bar baz qux' | truncate(9, true) }}|{{ 'foo bar baz qux' | truncate(11) }}|{{ 'foo bar baz qux' | truncate(11, False, '...', 0) }}",
        "foo...|foo ba...|foo bar baz qux|foo bar...")]
    [TestCase("{{ 'a b/c?d=é&x' | urlencode }} {{ {'a b': 'c/d', 'e': 1} | urlencode }} {{ [('a', 'b&')] | urlencode }}",
        "a%20b/c%3Fd%3D%C3%A9%26x a+b=c%2Fd&e=1 a=b%26")]
    [TestCase("{{ 'a b, c-d' | wordcount }} {{ '<p>a <b>b</b></p> <!-- x --> c' | striptags }} {{ ['a'] | pprint }}",
        "4 a b c ['a']")]
    [TestCase("{{ 'the quick brown fox' | wordwrap(10) }}|{{ 'abcdefghijkl xy' | wordwrap(5) }}|{{ 'abcdefg xy' | wordwrap(4, false) }}",
        "the quick\nbrown fox|abcde\nfghij\nkl xy|abcdefg\nxy")]
    [TestCase("{{ {'a': 1, 'b': none, 'c': '\"'} | xmlattr }}|{{ {'a': 1} | xmlattr(false) }}",
        " a=\"1\" c=\"&#34;\"|a=\"1\"")]
    [TestCase("{{ [1,2,3,4,5] | batch(2) | list }} {{ [1,2,3] | batch(2, 0) | list }} {{ [1,2,3,4,5] | slice(3) | list }} {{ [1,2,3,4,5] | slice(3, 0) | list }}",
        "[[1, 2], [3, 4], [5]] [[1, 2], [3, 0]] [[1, 2], [3, 4], [5]] [[1, 2], [3, 4], [5, 0]]")]
    [TestCase("{{ {'b': 1, 'A': 2} | dictsort }} {{ {'b': 1, 'A': 2} | dictsort(by='value', reverse=true) }} {{ {'b': 1, 'A': 2} | dictsort(true) }}",
        "[('A', 2), ('b', 1)] [('A', 2), ('b', 1)] [('A', 2), ('b', 1)]")]
    [TestCase("{% for k, g in [{'c':'x','n':1},{'c':'y','n':2},{'c':'x','n':3}] | groupby('c') %}{{ k }}:{{ g | map(attribute='n') | join(',') }} {% endfor %}",
        "x:1,3 y:2 ")]
    [TestCase("{{ [1,0,2] | select | list }} {{ [1,2,3] | select('odd') | list }} {{ [1,2,3] | reject('gt', 1) | list }} {{ [{'a':1},{'a':2}] | selectattr('a', 'eq', 2) | list }} {{ [{'a':1},{'a':0}] | rejectattr('a') | list }} {{ [{'a':{'b':2}}] | selectattr('a.b', 'ge', 2) | list }}",
        "[1, 2] [1, 3] [1] [{'a': 2}] [{'a': 0}] [{'a': {'b': 2}}]")]
    [TestCase("{{ 3 is gt 2 }} {{ 2 is ge(2) }} {{ 1 is lt 1 }} {{ 1 is le 1 }} {{ none is sameas none }} {{ 'upper' is filter }} {{ 'odd' is test }} {{ range is callable }}",
        "True True False True True True True True")]
    [TestCase("{{ {'k': 1} | attr('items') is callable }}",
        "True")]
    public void They_give_what_Jinja_gives(string template, string expected) => Assert.That(Render(template), Is.EqualTo(expected));

    [Test]
    public void Random_draws_an_item() => Assert.That(Render("{{ [7] | random }}{{ [1, 2, 3] | random in [1, 2, 3] }}"), Is.EqualTo("7True"));
}
