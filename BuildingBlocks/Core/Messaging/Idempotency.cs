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
    Task CompleteAsync(Guid userId, string key, int status, string? location, string? etag, byte[] body, CancellationToken ct);

    /// <summary>Gives the key free: nothing came of the request.</summary>
    Task ReleaseAsync(Guid userId, string key, CancellationToken ct);
}

/// <summary>What is known of a key.</summary>
/// <param name="State">What to do.</param>
/// <param name="Status">HTTP status of the first answer.</param>
/// <param name="Location">Its Location.</param>
/// <param name="ETag">Its ETag.</param>
/// <param name="Body">Its body.</param>
public sealed record IdempotentAnswer(IdempotencyState State, int Status = 0, string? Location = null, string? ETag = null, byte[]? Body = null);

/// <summary>State of a key.</summary>
public enum IdempotencyState
{
    /// <summary>Never seen: go on.</summary>
    Fresh,

    /// <summary>Answered before: give that answer.</summary>
    Answered,

    /// <summary>The first request is still under way.</summary>
    UnderWay,

    /// <summary>The key was used for another request.</summary>
    OtherRequest,
}
