using Npgsql;

namespace Pipelines.AcceptanceTests.Crashes;

/// <summary>Waits for what a broken installation comes to by itself.</summary>
internal static class Until
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    /// <summary>Asks until the answer is yes; a database that is down at the moment is no answer.</summary>
    /// <param name="condition">What to wait for.</param>
    /// <param name="patience">After this the test fails.</param>
    /// <param name="explain">What to say then.</param>
    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan patience, Func<Task<string>> explain)
    {
        using var limit = new CancellationTokenSource(patience);
        while (true)
        {
            try
            {
                if (await condition()) return;
            }
            catch (NpgsqlException) when (!limit.IsCancellationRequested)
            {
                // Killed, starting, or cut by the test.
            }

            if (limit.IsCancellationRequested) Assert.Fail($"Not within {patience}: {await explain()}");
            await Task.Delay(Look);
        }
    }
}
