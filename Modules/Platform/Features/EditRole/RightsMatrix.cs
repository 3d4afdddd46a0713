using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Web;

namespace Crm.Platform.Features.EditRole;

/// <summary>The rights of a role on records as a table: a row for each kind, a column for each operation, in each cell how far it reaches.</summary>
internal sealed record RightsMatrix(IReadOnlyList<Operation> Operations, IReadOnlyList<RightsRow> Rows)
{
    public static RightsMatrix Of(RecordTypes records, IReadOnlyDictionary<string, string> titles)
    {
        var all = records.All;
        List<Operation> operations = [.. all.SelectMany(r => r.Permissions.Keys).Distinct().Order()];
        var told = new HashSet<string>(StringComparer.Ordinal);
        // A permission that two kinds share (communications and follow-ups are seen by one right) is chosen once.
        return new(operations, [.. all.Select(r => new RightsRow(r, [.. operations.Select(o => r.Permissions.TryGetValue(o, out var p) ? new RightsCell(o, p, titles.GetValueOrDefault(p, p), told.Add(p)) : null)]))]);
    }

    /// <summary>The scopes a cell offers, «not at all» first. Adding has no scope: what one adds belongs to one's own branch.</summary>
    public static IEnumerable<Scopes> Choices(RecordRights record, Operation operation) =>
        operation == Operation.Add ? [Scopes.None, Scopes.Branch] : new[] { Scopes.None, Scopes.Own, Scopes.Team, Scopes.Branch, Scopes.Province, Scopes.All }.Where(s => s == Scopes.None || record.Offered.HasFlag(s));
}

/// <summary>One kind of record.</summary>
internal sealed record RightsRow(RecordRights Record, IReadOnlyList<RightsCell?> Cells);

/// <summary>One permission; <paramref name="First"/> is false where the same stands further up already.</summary>
internal sealed record RightsCell(Operation Operation, string Permission, string Title, bool First);
