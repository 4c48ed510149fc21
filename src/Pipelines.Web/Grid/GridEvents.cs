namespace Pipelines.Web.Grid;

/// <summary>Server-sent events of a DAG, ready to be written.</summary>
internal static class GridEvents
{
    /// <summary>Something may have been missed: load everything again.</summary>
    public static readonly byte[] Reload = "event: reload\ndata: all\n\n"u8.ToArray();

    /// <summary>Runs that changed.</summary>
    public static byte[] Runs(byte[] json) => [.. "event: runs\ndata: "u8, .. json, .. "\n\n"u8];

    /// <summary>Runs that were deleted.</summary>
    public static byte[] Gone(byte[] json) => [.. "event: gone\ndata: "u8, .. json, .. "\n\n"u8];

    /// <summary>The DAG, its file, a draft of it or its pause switch changed.</summary>
    public static byte[] Dag(byte[] json) => [.. "event: dag\ndata: "u8, .. json, .. "\n\n"u8];
}
