using System.Security.Cryptography;

namespace Pipelines.Engine.Scheduling;

/// <summary>What tells runs apart that have no logical date and share a moment.</summary>
internal static class RunSuffix
{
    private const string Characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    /// <summary>Eight random letters or digits.</summary>
    public static string New() => RandomNumberGenerator.GetString(Characters, 8);
}
