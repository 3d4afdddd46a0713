namespace Crm.Core;

/// <summary>Keeps answers to requests that carry an <c>Idempotency-Key</c>. Implemented by Crm.Data.</summary>
public interface IIdempotencyStore
{
    /// <summary>Takes the key for this request, or tells what became of an earlier one.</summary>
    /// <param name="userId">Keys are per user.</param>
    /// <param name="key">As sent.</param>
    /// <param name="fingerprint">Hash of method, path and body.</param>
    /// <param name="ct">Cancels.</param>
    Task<IdempotentAnswer> BeginAsync(Guid userId, string key, byte[] fingerprint, CancellationToken ct);

    /// <summary>Keeps the answer.</summary>
    Task CompleteAsync(IdempotentRequest request, int status, string? location, string? etag, byte[] body, CancellationToken ct);

    /// <summary>The request ended without an answer: a repeat may come at once. What its commands did stays noted.</summary>
    Task ReleaseAsync(IdempotentRequest request, CancellationToken ct);
}

/// <summary>What a command of an earlier try of the request did; written in the transaction of its effect.</summary>
/// <param name="Command">Name of the command.</param>
/// <param name="Response">What it gave back, as JSON.</param>
public sealed record KeptEffect(string Command, string Response);

/// <summary>
/// The request under way in this scope that carries an <c>Idempotency-Key</c>. Its commands note what they did in the transaction in which they do it, so a
/// repeat of a request whose host died between the effect and the answer gets the answer and not a second effect.
/// </summary>
public sealed class IdempotentRequest
{
    private readonly Queue<KeptEffect> _kept = new();

    /// <summary>Whether there is one.</summary>
    public bool IsActive { get; private set; }

    /// <summary>Whose key it is.</summary>
    public Guid UserId { get; private set; }

    /// <summary>As sent.</summary>
    public string Key { get; private set; } = "";

    /// <summary>This try of the request; a repeat that takes over has another, and what this one would still save is refused.</summary>
    public Guid Attempt { get; private set; }

    /// <summary>The request begins.</summary>
    public void Begin(Guid userId, string key, IdempotentAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        (IsActive, UserId, Key, Attempt) = (true, userId, key, answer.Attempt);
        foreach (var effect in answer.Kept) _kept.Enqueue(effect);
    }

    /// <summary>What the command did in an earlier try, when that is known: the commands of a request come in the same order in each of its tries.</summary>
    public KeptEffect? Replay(string command) => IsActive && _kept.TryPeek(out var next) && next.Command == command ? _kept.Dequeue() : null;
}

/// <summary>What is known of a key.</summary>
/// <param name="State">What to do.</param>
/// <param name="Status">HTTP status of the first answer.</param>
/// <param name="Location">Its Location.</param>
/// <param name="ETag">Its ETag.</param>
/// <param name="Body">Its body.</param>
public sealed record IdempotentAnswer(IdempotencyState State, int Status = 0, string? Location = null, string? ETag = null, byte[]? Body = null)
{
    /// <summary>The try that begins.</summary>
    public Guid Attempt { get; init; }

    /// <summary>What commands of earlier tries did that were never answered.</summary>
    public IReadOnlyList<KeptEffect> Kept { get; init; } = [];
}

/// <summary>State of a key.</summary>
public enum IdempotencyState
{
    /// <summary>Never seen, or never answered by a try that is over: go on.</summary>
    Fresh,

    /// <summary>Answered before: give that answer.</summary>
    Answered,

    /// <summary>The first request is still under way.</summary>
    UnderWay,

    /// <summary>The key was used for another request.</summary>
    OtherRequest,
}
