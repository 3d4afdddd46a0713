using Crm.Core;

namespace Crm.Platform.Contracts;

/// <summary>
/// Short-lived bearer tokens for the workflow designer, which can't use the cookie. The bearer scheme takes them for paths below <c>/elsa</c> only.
/// Void as soon as the session they were made in ends, the user is deactivated or changes the password.
/// </summary>
public interface IStudioTokens
{
    /// <summary>Makes a token for the user of the request.</summary>
    /// <param name="user">Whom it stands for.</param>
    /// <param name="life">How long it holds.</param>
    string Issue(UserAccess user, TimeSpan life);

    /// <summary>Who it stands for, or null when it is void.</summary>
    ValueTask<UserAccess?> ValidateAsync(string token, CancellationToken ct);
}
