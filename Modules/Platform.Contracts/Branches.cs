namespace Crm.Platform.Contracts;

/// <summary>What other modules show of a branch.</summary>
/// <param name="Id">Id.</param>
/// <param name="Name">Name.</param>
/// <param name="Active">False once closed: nothing new belongs to it.</param>
public sealed record BranchCard(Guid Id, string Name, bool Active);

/// <summary>Looks up branches. Answers come from a cache of at most five seconds.</summary>
public interface IBranchDirectory
{
    /// <summary>All branches, the head office first, then by name.</summary>
    Task<IReadOnlyList<BranchCard>> AllAsync(CancellationToken ct);
}
