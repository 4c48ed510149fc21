namespace Pipelines.Storage;

/// <summary>What we add to Hangfire's own tables, which Hangfire makes.</summary>
public static class HangfireSchema
{
    private const string IsGuarded = "SELECT EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass('hangfire.job') AND conname = 'job_is_readable')";

    // A row of another shape cannot be read by Hangfire at all: it would hold a worker's slot for good and break every page that lists it.
    // NOT VALID: rows that are there stay; only new ones are looked at.
    private const string Guard =
        """
        ALTER TABLE hangfire.job ADD CONSTRAINT job_is_readable CHECK (
            jsonb_typeof(invocationdata) = 'object' AND jsonb_typeof(arguments) = 'array'
            AND coalesce(jsonb_typeof(invocationdata -> 'Type'), 'null') IN ('string', 'null')
            AND coalesce(jsonb_typeof(invocationdata -> 'Method'), 'null') IN ('string', 'null')
            AND coalesce(jsonb_typeof(invocationdata -> 'ParameterTypes'), 'null') IN ('string', 'null')
            AND coalesce(jsonb_typeof(invocationdata -> 'Arguments'), 'null') IN ('string', 'null')
            AND coalesce(jsonb_typeof(invocationdata -> 'Queue'), 'null') IN ('string', 'null')
            AND NOT jsonb_path_exists(arguments, '$[*] ? (@.type() != "string" && @.type() != "null")')) NOT VALID
        """;

    /// <summary>Has the database refuse jobs that Hangfire could not read.</summary>
    public static async Task GuardAsync(Transaction tx)
    {
        if (!await tx.SingleAsync<bool>(IsGuarded)) await tx.ExecuteAsync(Guard);
    }
}
