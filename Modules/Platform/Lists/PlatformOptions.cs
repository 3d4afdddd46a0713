using Crm.Core;
using Crm.Platform.Contracts;

namespace Crm.Platform.Lists;

/// <summary>Members of staff.</summary>
internal sealed class UserOptions(IUserDirectory users) : IFieldOptions
{
    public string Source => "users";

    public async ValueTask<IReadOnlyList<FieldOption>?> AllAsync(string argument, CancellationToken ct) => [.. (await users.ActiveAsync(ct)).Select(u => new FieldOption(u.Id.ToString(), u.Name))];

    public async ValueTask<IReadOnlyDictionary<string, FieldOption>> FindAsync(string argument, IReadOnlyCollection<string> values, CancellationToken ct) =>
        (await users.CardsAsync([.. values.Where(v => Guid.TryParse(v, out _)).Select(Guid.Parse)], ct)).Values.ToDictionary(u => u.Id.ToString(), u => new FieldOption(u.Id.ToString(), u.Name, Active: u.Active), StringComparer.OrdinalIgnoreCase);
}

/// <summary>Branches that the user sees.</summary>
internal sealed class BranchOptions(IBranchDirectory branches, ICurrentUser user) : IFieldOptions
{
    public string Source => "branches";

    public async ValueTask<IReadOnlyList<FieldOption>?> AllAsync(string argument, CancellationToken ct)
    {
        List<FieldOption> seen = [.. (await branches.AllAsync(ct)).Where(b => user.SeesAllBranches || user.VisibleBranches.Contains(b.Id)).Select(b => new FieldOption(b.Id.ToString(), b.Name))];
        // Of one branch there is nothing to choose.
        return seen.Count < 2 ? [] : seen;
    }

    public async ValueTask<IReadOnlyDictionary<string, FieldOption>> FindAsync(string argument, IReadOnlyCollection<string> values, CancellationToken ct) =>
        (await branches.AllAsync(ct)).ToDictionary(b => b.Id.ToString(), b => new FieldOption(b.Id.ToString(), b.Name), StringComparer.OrdinalIgnoreCase);
}

/// <summary>Records of any declared kind, by their names; within the rights of the user.</summary>
internal sealed class RecordOptions(IRecordTypes types, IServiceProvider services, ICurrentUser user) : IFieldOptions
{
    public string Source => "records";

    public ValueTask<IReadOnlyList<FieldOption>?> AllAsync(string argument, CancellationToken ct) => new((IReadOnlyList<FieldOption>?)null);

    public string? LookupUrl(string argument) => $"/lists/{argument}/lookup";

    public async ValueTask<IReadOnlyDictionary<string, FieldOption>> FindAsync(string argument, IReadOnlyCollection<string> values, CancellationToken ct)
    {
        var ids = values.Where(v => Guid.TryParse(v, out _)).Select(Guid.Parse).ToArray();
        if (ids.Length == 0 || types.Find(argument) is not { } type || !user.Can(type.See) || type.Fields.FirstOrDefault(f => f.Main) is not { } main) return new Dictionary<string, FieldOption>();
        var reader = (IRecordReader)services.GetService(typeof(IRecordReader))!;
        var page = await reader.PageAsync(type, new() { Ids = ids, Columns = [main.Key], Size = ids.Length }, ct);
        return page.Rows.ToDictionary(r => r.Id.ToString(), r => new FieldOption(r.Id.ToString(), r.Values[0]?.ToString() ?? "—", Url: $"{type.Url}/{r.Id}"), StringComparer.OrdinalIgnoreCase);
    }
}
