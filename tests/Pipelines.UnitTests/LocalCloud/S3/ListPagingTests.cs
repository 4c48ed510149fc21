using System.Text;
using CsCheck;
using Pipelines.LocalCloud.S3.Objects;

namespace Pipelines.UnitTests.LocalCloud.S3;

public sealed class ListPagingTests
{
    private static readonly Gen<string> Keys =
        OneOf("a", "b", "/", "-", "é", "\uE000", "😀", "\uFFFD", "~").Array[1, 5].Select(parts => string.Concat(parts));

    [Test]
    public void Pages_joined_are_what_a_naive_listing_says()
    {
        Gen.Select(Keys.Array[0, 25], OneOf("", "a", "a/", "😀"), OneOf<string?>(null, "/", "-", "a/"), OneOf<string?>(null, "a", "a/", "b/a", "\uE000"), Gen.Int[1, 4])
            .Sample((keys, prefix, delimiter, after, pageSize) =>
            {
                var index = KeyIndex.Of([]);
                foreach (var key in keys)
                    index.Put(new ObjectSummary(key, 1, "etag", default, "STANDARD"));
                var query = new ListQuery(prefix, delimiter, after, pageSize);
                Assert.That(Joined(index, query, pageSize), Is.EqualTo(Naive(keys, query)));
            });
    }

    [Test]
    public void The_order_of_keys_is_the_order_of_their_bytes()
    {
        Gen.Select(Keys, Keys).Sample((left, right) =>
            Math.Sign(KeyOrder.Instance.Compare(left, right)) == Math.Sign(Bytes(left).AsSpan().SequenceCompareTo(Bytes(right))));
    }

    [Test]
    public void A_page_of_no_keys_is_the_last_page()
    {
        var page = KeyIndex.Of([new ObjectSummary("a", 1, "etag", default, "STANDARD")]).List(new ListQuery(MaxKeys: 0));
        Assert.That((page.Objects.Count, page.Next), Is.EqualTo((0, (string?)null)));
    }

    private static List<string> Joined(KeyIndex index, ListQuery query, int pageSize)
    {
        var all = new List<string>();
        for (ListQuery? next = query; next is not null;)
        {
            var page = index.List(next);
            var items = page.Objects.Select(summary => summary.Key).Concat(page.CommonPrefixes).Order(KeyOrder.Instance).ToList();
            Assert.That(items, Has.Count.LessThanOrEqualTo(pageSize));
            all.AddRange(items);
            next = page.Next is null ? null : next with { After = page.Next };
        }

        return all;
    }

    // The definition: roll up, drop duplicates, sort by bytes, drop what is not behind `After`.
    private static List<string> Naive(string[] keys, ListQuery query) => keys
        .Where(key => key.StartsWith(query.Prefix, StringComparison.Ordinal))
        .Select(key => RollUp(key, query))
        .Distinct()
        .Where(item => query.After is null || Bytes(item).AsSpan().SequenceCompareTo(Bytes(query.After)) > 0)
        .OrderBy(item => Convert.ToHexString(Bytes(item)), StringComparer.Ordinal)
        .ToList();

    private static string RollUp(string key, ListQuery query)
    {
        var rest = key[query.Prefix.Length..];
        var parts = query.Delimiter is null ? [rest] : rest.Split(query.Delimiter, 2);
        return parts.Length == 1 ? key : query.Prefix + parts[0] + query.Delimiter;
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
