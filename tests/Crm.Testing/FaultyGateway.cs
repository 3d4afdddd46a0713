using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Crm.Testing;

/// <summary>What the gateway does with one request.</summary>
public enum GatewayMood
{
    /// <summary>Takes the message and says so.</summary>
    Take,

    /// <summary>Does not answer.</summary>
    Hang,

    /// <summary>Answers 503.</summary>
    Err,

    /// <summary>Takes the message, then cuts the connection instead of answering.</summary>
    TakeAndReset,

    /// <summary>Answers 400: it will never take this one.</summary>
    Refuse,

    /// <summary>Answers 200 with a body that says it failed.</summary>
    SayNo,

    /// <summary>Answers 302 to another address.</summary>
    Redirect,
}

/// <summary>An SMS gateway over real HTTP that can be made to misbehave. It dedupes on the idempotency key, as a good one does, and counts what it saw.</summary>
public sealed class FaultyGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, int> _taken = new();
    private readonly ConcurrentDictionary<string, int> _asked = new();

    private FaultyGateway(WebApplication app) => _app = app;

    /// <summary>Address for the settings.</summary>
    public string Url { get; private set; } = "";

    /// <summary>What it does with a request: gets the number and how often this key was asked before.</summary>
    public Func<string, int, GatewayMood> Mood { get; set; } = static (_, _) => GatewayMood.Take;

    /// <summary>How long it takes over one message before it answers.</summary>
    public TimeSpan Takes { get; set; }

    /// <summary>Where a redirect leads.</summary>
    public string RedirectTo { get; set; } = "http://127.0.0.1:1/";

    /// <summary>Messages taken, by key: how often each was accepted.</summary>
    public IReadOnlyDictionary<string, int> Taken => _taken;

    /// <summary>Requests by key.</summary>
    public IReadOnlyDictionary<string, int> Asked => _asked;

    /// <summary>Texts in the order they came, with the number.</summary>
    public ConcurrentQueue<(string To, string Text, string Key, string Header)> Seen { get; } = new();

    /// <summary>Passwords that were given, as often as they were.</summary>
    public ConcurrentQueue<string> Passwords { get; } = new();

    /// <summary>Most requests that were under way at the same time.</summary>
    public int MostAtOnce => _most;

    private int _now;
    private int _most;

    /// <summary>Starts one on a free port.</summary>
    public static async Task<FaultyGateway> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var gateway = new FaultyGateway(app);
        app.MapPost("/send", (Delegate)gateway.TakeAsync);
        await app.StartAsync();
        gateway.Url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/send";
        return gateway;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> TakeAsync(HttpContext context)
    {
        var now = Interlocked.Increment(ref _now);
        int most;
        while (now > (most = _most)) Interlocked.CompareExchange(ref _most, now, most);
        try
        {
            var form = await context.Request.ReadFormAsync();
            var (to, text, key) = (form["to"].ToString(), form["text"].ToString(), form["key"].ToString());
            var before = _asked.AddOrUpdate(key, 1, (_, n) => n + 1) - 1;
            if (form["password"].ToString() is { Length: > 0 } password) Passwords.Enqueue(password);
            Seen.Enqueue((to, text, key, context.Request.Headers["Idempotency-Key"].ToString()));
            switch (Mood(to, before))
            {
                case GatewayMood.Hang:
                    await Task.Delay(TimeSpan.FromSeconds(30), context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                    return TypedResults.StatusCode(504);
                case GatewayMood.Err:
                    return TypedResults.StatusCode(503);
                case GatewayMood.Refuse:
                    return TypedResults.Text("number is blocked", statusCode: 400);
                case GatewayMood.SayNo:
                    return TypedResults.Json(new { result = new { status = "error", messageId = "" } });
                case GatewayMood.Redirect:
                    return TypedResults.Redirect(RedirectTo);
                case GatewayMood.TakeAndReset:
                    _taken.AddOrUpdate(key, 1, (_, n) => n);
                    context.Abort();
                    return TypedResults.Empty;
                default:
                    _taken.AddOrUpdate(key, 1, (_, n) => n);
                    // Taken is taken: a caller that leaves meanwhile does not undo it.
                    if (Takes > TimeSpan.Zero) await Task.Delay(Takes, CancellationToken.None);
                    return TypedResults.Json(new { result = new { status = "ok", messageId = "G-" + key[^6..] } });
            }
        }
        finally
        {
            Interlocked.Decrement(ref _now);
        }
    }
}
