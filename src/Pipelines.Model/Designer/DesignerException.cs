namespace Pipelines.Model.Designer;

/// <summary>What the designer sent cannot be kept; the message is for the user.</summary>
public sealed class DesignerException(string message) : Exception(message);
