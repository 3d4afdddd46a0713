using Crm.Core;

namespace Crm.Platform.Contracts;

/// <summary>Where a member of staff can be written to.</summary>
/// <param name="Id">Id of the user.</param>
/// <param name="Name">Name as shown.</param>
/// <param name="Email">E-mail address, if any.</param>
/// <param name="Mobile">Mobile number in international form, if any.</param>
public sealed record UserAddress(Guid Id, string Name, string? Email, string? Mobile);

/// <summary>Addresses of members of staff, for what is sent to them.</summary>
[Contribution]
public interface IUserAddresses
{
    /// <summary>Addresses of active users by id; unknown and deactivated ones are left out.</summary>
    Task<IReadOnlyDictionary<Guid, UserAddress>> OfAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct);
}
