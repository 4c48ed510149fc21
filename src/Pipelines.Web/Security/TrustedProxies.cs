using Microsoft.AspNetCore.HttpOverrides;

namespace Pipelines.Web.Security;

/// <summary>
/// Behind a proxy that ends TLS, the address of who asks, and that it came by https, are known from what the proxy says of them. Nobody but
/// the proxies that were named is believed: everybody can send such a header, and the limit of wrong passwords goes by address.
/// </summary>
internal static class TrustedProxies
{
    /// <summary>Believes these proxies, and only these; none: nobody.</summary>
    public static void UseTrustedProxies(this IApplicationBuilder app, IReadOnlyList<System.Net.IPNetwork> proxies)
    {
        if (proxies.Count == 0) return;
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost,
            // As many hops as are named ones.
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies) options.KnownIPNetworks.Add(proxy);
        app.UseForwardedHeaders(options);
    }
}
