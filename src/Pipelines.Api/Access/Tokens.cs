using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Pipelines.Storage;
using Pipelines.Storage.Access;

namespace Pipelines.Api.Access;

/// <summary>Bearer tokens for programs: signed with a key that all web hosts share, and good for as long as their user keeps the same password and rights.</summary>
public sealed class Tokens(string secret, TimeProvider time)
{
    /// <summary>The authentication scheme of requests that bring a token.</summary>
    public const string Scheme = JwtBearerDefaults.AuthenticationScheme;

    private const string Name = "pipelines";

    // Airflow's [api_auth] jwt_expiration_time.
    private static readonly TimeSpan Length = TimeSpan.FromDays(1);

    // Any text makes a key: HMAC-SHA256 wants 32 bytes.
    private readonly SymmetricSecurityKey _key = new(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>A secret for <c>PIPELINES_JWT_SECRET</c>.</summary>
    public static string GenerateSecret() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <summary>A token that says who this is.</summary>
    public string Create(User user)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Name,
            Audience = Name,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + Length,
            Subject = new ClaimsIdentity(Credentials.Claims(user)),
            SigningCredentials = new SigningCredentials(_key, SecurityAlgorithms.HmacSha256),
        });
    }

    /// <summary>Adds the scheme, and lets each request choose: a token when it brings one, else the session's cookie.</summary>
    /// <param name="authentication">With the cookie's scheme.</param>
    /// <param name="choice">The name of the scheme that chooses; make it the default.</param>
    /// <param name="secret">Shared by all web hosts.</param>
    public static AuthenticationBuilder AddTo(AuthenticationBuilder authentication, string choice, string secret)
    {
        authentication.Services.AddSingleton(provider => new Tokens(secret, provider.GetRequiredService<TimeProvider>()));
        authentication.Services.AddOptions<JwtBearerOptions>(Scheme).Configure<Tokens>((bearer, tokens) => tokens.Configure(bearer));
        return authentication.AddJwtBearer().AddPolicyScheme(choice, displayName: null, policy => policy.ForwardDefaultSelector = http =>
            IsBrought(http.Request) ? Scheme : CookieAuthenticationDefaults.AuthenticationScheme);
    }

    /// <summary>True when a request brings a token, whether it is good or not.</summary>
    public static bool IsBrought(HttpRequest request) => request.Headers.Authorization.ToString().StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) || InQuery(request) is not null;

    // Browsers give a WebSocket no headers, so its token comes in the address; nowhere else, since addresses are logged.
    private static string? InQuery(HttpRequest request) =>
        request.Path.StartsWithSegments("/elsa/hubs", StringComparison.Ordinal) && request.Query["access_token"].ToString() is { Length: > 0 } token ? token : null;

    private void Configure(JwtBearerOptions bearer)
    {
        bearer.MapInboundClaims = false;
        bearer.TokenValidationParameters = new TokenValidationParameters
        {
            ValidIssuer = Name,
            ValidAudience = Name,
            IssuerSigningKey = _key,
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            NameClaimType = ClaimTypes.Name,
            RoleClaimType = ClaimTypes.Role,
            AuthenticationType = Scheme,
            ClockSkew = TimeSpan.FromSeconds(30),
            LifetimeValidator = (from, to, _, parameters) => from - parameters.ClockSkew <= time.GetUtcNow().UtcDateTime && time.GetUtcNow().UtcDateTime < to,
        };
        bearer.Events = new JwtBearerEvents
        {
            OnMessageReceived = context =>
            {
                context.Token = InQuery(context.Request);
                return Task.CompletedTask;
            },
            OnTokenValidated = CheckAsync,
            OnChallenge = context =>
            {
                context.HandleResponse();
                return Refusals.UnauthenticatedAsync(context.HttpContext);
            },
            OnForbidden = context => Refusals.ForbiddenAsync(context.HttpContext),
        };
    }

    private static async Task CheckAsync(TokenValidatedContext context)
    {
        var database = context.HttpContext.RequestServices.GetRequiredService<Database>();
        if (!await Credentials.IsCurrentAsync(database, context.Principal!, context.HttpContext.RequestAborted))
            context.Fail("The token's user is gone or has another password or other rights now.");
    }
}
