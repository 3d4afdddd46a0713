using System.Diagnostics;
using System.Reflection;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.Logging;

namespace Crm.Core;

/// <summary>One log line per command: name, user, branch, milliseconds, outcome; never the payload.</summary>
public sealed partial class LoggingBehavior<TRequest, TResponse>(ILogger<LoggingBehavior<TRequest, TResponse>> log, ICurrentUser user) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : ICommand<TResponse>
{
    /// <inheritdoc/>
    public async Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        var started = Stopwatch.GetTimestamp();
        using var activity = CommandTelemetry.Source.StartActivity(typeof(TRequest).Name);
        try
        {
            var response = await next();
            Ran(log, typeof(TRequest).Name, user.Id, user.HomeBranch, Stopwatch.GetElapsedTime(started).TotalMilliseconds, "done");
            return response;
        }
        catch (CrmException e)
        {
            Ran(log, typeof(TRequest).Name, user.Id, user.HomeBranch, Stopwatch.GetElapsedTime(started).TotalMilliseconds, e.GetType().Name);
            throw;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Command} by {User} in {Branch}: {Milliseconds:0.0} ms, {Outcome}")]
    private static partial void Ran(ILogger log, string command, Guid? user, Guid branch, double milliseconds, string outcome);
}

/// <summary>Source of command spans for OpenTelemetry.</summary>
public static class CommandTelemetry
{
    /// <summary>Name to add to the tracer.</summary>
    public const string Name = "Crm.Commands";

    /// <summary>The source.</summary>
    public static readonly ActivitySource Source = new(Name);
}

/// <summary>Checks <see cref="RequiresAttribute"/> of the command, whoever sends it.</summary>
public sealed class AccessBehavior<TRequest, TResponse>(ICurrentUser user) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : ICommand<TResponse>
{
    private static readonly string? s_permission = typeof(TRequest).GetCustomAttribute<RequiresAttribute>()?.Permission;
    private static readonly bool s_public = typeof(TRequest).GetCustomAttribute<PublicAttribute>() is not null;

    /// <inheritdoc/>
    public Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        if (user.ViewedBy is not null) throw ViewOnly.Refusal(user);
        if (s_permission is not null && !user.Can(s_permission)) throw new Forbidden(s_permission);
        if (!s_public && s_permission is null && !user.IsSystem && user.Access is not { Active: true }) throw new Forbidden("signed-in");
        return next();
    }
}

/// <summary>
/// A repeat of a request whose first try had its effect but could not answer: the command gives back what it gave then and is not done again. It stands before
/// validation, for which the effect itself may be the obstacle (a number that is taken now).
/// </summary>
public sealed class ReplayBehavior<TRequest, TResponse>(IdempotentRequest request) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : ICommand<TResponse>
{
    /// <inheritdoc/>
    public Task<TResponse> Handle(TRequest command, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next) =>
        request.Replay(typeof(TRequest).Name) is { } effect ? Task.FromResult(System.Text.Json.JsonSerializer.Deserialize<TResponse>(effect.Response)!) : next();
}

/// <summary>Runs the validators of a command; what they find becomes <see cref="InvalidInput"/>.</summary>
public sealed class ValidationBehavior<TRequest, TResponse>(IEnumerable<IValidator<TRequest>> validators) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : ICommand<TResponse>
{
    /// <inheritdoc/>
    public async Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        foreach (var validator in validators)
        {
            var result = await validator.ValidateAsync(request, cancellationToken);
            if (!result.IsValid)
                throw new InvalidInput([.. result.Errors.Select(e => (e.PropertyName, e.ErrorMessage, Array.Empty<object?>()))]);
        }

        return await next();
    }
}
