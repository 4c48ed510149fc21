namespace Pipelines.Model.Assets;

/// <summary>What a file says of assets makes no sense; the message says why and what to write.</summary>
public sealed class AssetException(string message) : Exception(message);
