using System.Security.Cryptography;
using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Polly;
using Polly.CircuitBreaker;

namespace Crm.Messaging.Sending;

/// <summary>Passwords of gateways: encrypted with the application's keys, only ever read to be used.</summary>
internal sealed class GatewaySecrets(IDataProtectionProvider protection)
{
    private readonly IDataProtector _protector = protection.CreateProtector("Crm.Messaging.Gateway");

    public string? Hide(string? secret) => string.IsNullOrEmpty(secret) ? null : _protector.Protect(secret);

    /// <summary>The secret; null for none, or when the keys it was written with are gone.</summary>
    public string? Show(string? hidden)
    {
        if (hidden is null) return null;
        try
        {
            return _protector.Unprotect(hidden);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}

/// <summary>How long something lasts, for code that asks what time it is: a clock that is put forward or back neither closes a circuit nor keeps it open for hours.</summary>
internal sealed class LastingTime(TimeProvider clock) : TimeProvider
{
    private readonly long _began = clock.GetTimestamp();

    public override long TimestampFrequency => clock.TimestampFrequency;

    public override long GetTimestamp() => clock.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + clock.GetElapsedTime(_began);
}

/// <summary>An open gateway: its limits, its sender and its circuit.</summary>
internal sealed class OpenGateway : IAsyncDisposable
{
    private readonly CircuitBreakerStateProvider _circuit = new();
    private readonly ResiliencePipeline<SendResult> _pipeline;
    private readonly IMessageSender _sender;
    private readonly LastingTime _clock;
    private DateTimeOffset _openUntil;

    public OpenGateway(string print, GatewaySettings settings, IMessageSender sender, TimeProvider clock)
    {
        (Print, Settings, _sender, _clock) = (print, settings, sender, new LastingTime(clock));
        _pipeline = new ResiliencePipelineBuilder<SendResult> { TimeProvider = _clock }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<SendResult>
            {
                ShouldHandle = static a => ValueTask.FromResult(a.Outcome.Result is { End: SendEnd.Trouble }),
                FailureRatio = 0.7,
                MinimumThroughput = 20,
                SamplingDuration = TimeSpan.FromSeconds(30),
                BreakDuration = TimeSpan.FromSeconds(15),
                StateProvider = _circuit,
                OnOpened = a =>
                {
                    _openUntil = _clock.GetUtcNow() + a.BreakDuration;
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
    }

    /// <summary>Changes whenever the settings do.</summary>
    public string Print { get; }

    public GatewaySettings Settings { get; }

    /// <summary>While the circuit is open messages are kept back, nothing is claimed.</summary>
    public bool IsResting => _circuit.CircuitState is CircuitState.Open && _clock.GetUtcNow() < _openUntil;

    /// <summary>Whether the next message is a trial that tells if the gateway is well again.</summary>
    public bool IsOnTrial => _circuit.CircuitState is CircuitState.Open or CircuitState.HalfOpen;

    /// <summary>One try; null when the circuit opened meanwhile, so that nothing was tried.</summary>
    public async Task<SendResult?> SendAsync(Letter letter, CancellationToken ct)
    {
        try
        {
            return await _pipeline.ExecuteAsync(static async (s, c) => await s.sender.SendAsync(s.letter, c), (sender: _sender, letter), ct);
        }
        catch (BrokenCircuitException)
        {
            return null;
        }
    }

    public ValueTask DisposeAsync() => _sender.DisposeAsync();
}

/// <summary>The ways out, opened when first needed and again when their settings change.</summary>
internal sealed class Gateways(IServiceScopeFactory scopes, GatewaySecrets secrets, TimeProvider clock) : IAsyncDisposable
{
    private readonly Dictionary<MessageChannel, OpenGateway> _open = [];
    private readonly Lock _lock = new();

    /// <summary>The active gateway of a channel, as it is set up now; null for none.</summary>
    public async Task<OpenGateway?> FindAsync(MessageChannel channel, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentUser>().BecomeSystem("messages: send");
        var db = scope.ServiceProvider.GetRequiredService<MessagingDb>();
        var row = await db.Gateways.AsNoTracking().FirstOrDefaultAsync(g => g.Channel == channel && g.Active, ct);
        if (row is null) return null;
        var allowed = await db.AllowedHosts.Select(h => h.Host).ToListAsync(ct);
        var print = $"{row.Id}/{row.Version}/{string.Join(',', allowed.Order(StringComparer.Ordinal))}";
        OpenGateway? old;
        OpenGateway made;
        lock (_lock)
        {
            if (_open.TryGetValue(channel, out old) && old.Print == print) return old;
            made = new OpenGateway(print, Settings(row), Make(row, secrets.Show(row.Secret), allowed.ToHashSet(StringComparer.Ordinal), clock), clock);
            _open[channel] = made;
        }

        // What is under way on the old one ends with an error and is tried again on the new one.
        if (old is not null) await old.DisposeAsync();
        return made;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in _open.Values) await gateway.DisposeAsync();
    }

    public static GatewaySettings Settings(Gateway row) => row.Channel == MessageChannel.Sms ? row.Read<SmsSettings>() : row.Read<SmtpSettings>();

    public static IMessageSender Make(Gateway row, string? secret, IReadOnlySet<string> allowed, TimeProvider clock) => row.Channel == MessageChannel.Sms
        ? new HttpSmsSender(row.Read<SmsSettings>(), secret, allowed)
        : new SmtpSender(row.Read<SmtpSettings>(), secret, allowed, clock);
}
