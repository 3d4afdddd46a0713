using System.Net;
using Microsoft.AspNetCore.Http;

namespace Crm.Platform.Features.SignIn;

internal sealed class SignInOrigin(IHttpContextAccessor http) : ISignInOrigin
{
    public IPAddress? Address => http.HttpContext?.Connection.RemoteIpAddress;

    public string? Agent => http.HttpContext?.Request.Headers.UserAgent.ToString() is { Length: > 0 } agent ? agent[..Math.Min(200, agent.Length)] : null;

    public string? TrustToken => http.HttpContext?.Request.Cookies[SignInCookies.Trust] is { Length: 64 } token ? token : null;
}
