using System.Security.Claims;
using System.Text.Encodings.Web;
using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Crm.Tests.Web;

/// <summary>The web pipeline with endpoints of the test's own: what it does must not depend on any module. The user is whom the header X-User names.</summary>
internal sealed class WebApp : IAsyncDisposable
{
    public static readonly Guid Sara = new("01900000-0000-7000-8000-0000000000aa");
    private readonly WebApplication _app;

    private WebApp(WebApplication app) => _app = app;

    public HttpClient Client => _app.GetTestClient();

    public static async Task<WebApp> StartAsync(Action<WebApplication> map, UserAccess? sara = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = typeof(Program).Assembly.GetName().Name, ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders();
        // The assemblies of the whole application, so that the texts loaded are the ones other tests see.
        var assemblies = builder.Services.AddCrmPages();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddContributions([typeof(CrmWeb).Assembly]);
        builder.Services.AddCrmWeb(assemblies);
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.AddSingleton<IUserAccessSource>(new OneUser(sara ?? User()));
        builder.Services.AddSingleton<IFailureClassifier, TimeoutsPass>();
        builder.Services.AddAuthentication("test").AddScheme<AuthenticationSchemeOptions, ByHeader>("test", null);
        var app = builder.Build();
        app.UseCrmWeb();
        app.MapShell();
        map(app);
        await app.StartAsync();
        return new WebApp(app);
    }

    public static UserAccess User(bool active = true, string stamp = "1", string language = "en", params string[] permissions) => new()
    {
        Id = Sara, Name = "Sara Rezaei", UserName = "sara", SecurityStamp = stamp, Active = active, IsAdministrator = false, Permissions = permissions.ToHashSet(),
        RoleIds = [], SeesAllBranches = true, Branches = [], HomeBranch = Branches.HeadOffice, Language = language,
    };

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string url, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, url);
        if (method != HttpMethod.Get) request.Content = new FormUrlEncodedContent([]);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await Client.SendAsync(request);
    }

    public Task<HttpResponseMessage> GetAsync(string url, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, url, headers);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private sealed class OneUser(UserAccess user) : IUserAccessSource
    {
        public ValueTask<UserAccess?> FindAsync(Guid userId, CancellationToken ct) => new(userId == user.Id ? user : null);
    }

    private sealed class TimeoutsPass : IFailureClassifier
    {
        public TimeSpan? RetryAfter(Exception error) => error is TimeoutException ? TimeSpan.FromSeconds(3) : null;
    }

    private sealed class ByHeader(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (Request.Headers["X-User"].ToString() is not { Length: > 0 } stamp) return Task.FromResult(AuthenticateResult.NoResult());
            var identity = new ClaimsIdentity([new(ClaimTypes.NameIdentifier, Sara.ToString()), new(CurrentUserMiddleware.StampClaim, stamp)], Scheme.Name);
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name)));
        }
    }
}
