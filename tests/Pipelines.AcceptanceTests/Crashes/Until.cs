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
        if (!await HappensAsync(condition, patience)) Assert.Fail($"Not within {patience}: {await explain()}");
    }

    /// <summary>As <see cref="TrueAsync"/>; false when it does not come true.</summary>
    public static async Task<bool> HappensAsync(Func<Task<bool>> condition, TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        while (!limit.IsCancellationRequested)
        {
            try
            {
                if (await condition()) return true;
            }
            catch (NpgsqlException)
            {
                // Killed, starting, or cut by the test.
            }
            await Task.Delay(Look);
        }
        return false;
    }
}
