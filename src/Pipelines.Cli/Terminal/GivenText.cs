namespace Pipelines.Cli.Terminal;

/// <summary>Text that may hold a secret: an option's value, or standard input where that is <c>-</c>.</summary>
/// <param name="Value">The text.</param>
/// <param name="IsTyped">True: it stood on the command line.</param>
internal sealed record GivenText(string Value, bool IsTyped)
{
    /// <summary>Reads it.</summary>
    public static async Task<GivenText> ReadAsync(string option, CancellationToken cancellation) =>
        option == "-" ? new((await Console.In.ReadToEndAsync(cancellation)).TrimEnd('\r', '\n'), false) : new(option, true);

    /// <summary>Tells the user if others could read the secret in it.</summary>
    /// <param name="option">By which option it came.</param>
    public void WarnIfSeen(string option)
    {
        if (IsTyped) Console.Error.WriteLine($"warning: the password stood on the command line, where the process list and the shell's history show it; give it on standard input with '{option} -'");
    }
}
