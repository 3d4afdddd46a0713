using System.Text;
using System.Text.Json;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Data;

internal sealed class RecordHistory(PlatformDb db, IUserDirectory users, IBranchDirectory branches, DateView dates) : IRecordHistory
{
    private const int LongestValue = 300;

    public async Task<IReadOnlyList<HistoryEntry>> OfAsync(Guid recordId, int take, CancellationToken ct)
    {
        // Two indexes, one each: an «or» over both columns would read neither well.
        var rows = await db.Audit.AsNoTracking().Where(a => a.EntityId == recordId).OrderByDescending(a => a.At).Take(take)
            .Concat(db.Audit.AsNoTracking().Where(a => a.RootId == recordId).OrderByDescending(a => a.At).Take(take))
            .OrderByDescending(a => a.At).ThenByDescending(a => a.Id).Take(take).ToListAsync(ct);
        return await ShowAsync(rows, ct);
    }

    /// <summary>Rows of the audit as people read them.</summary>
    public async Task<IReadOnlyList<HistoryEntry>> ShowAsync(IReadOnlyCollection<AuditRow> rows, CancellationToken ct)
    {
        var names = new Dictionary<Guid, string>();
        foreach (var role in await users.RolesAsync(ct)) names[role.Id] = role.Name;
        foreach (var branch in await branches.AllAsync(ct)) names[branch.Id] = branch.Name;
        var ids = rows.Where(r => r.Changes is not null).SelectMany(r => Ids(r.Changes!)).Distinct().Where(i => !names.ContainsKey(i)).ToList();
        foreach (var (id, card) in await users.CardsAsync(ids, ct)) names[id] = card.Name;
        return [.. rows.Select(r => new HistoryEntry(
            r.Id, r.At, SystemActor.Shown(r.UserName), r.Through, r.Action switch { "A" => "added", "D" => "deleted", "R" => "restored", _ => "changed" },
            Word(r.Entity[(r.Entity.LastIndexOf('.') + 1)..]), r.EntityId, Fields(r, names)))];
    }

    /// <summary>contactPhone → Contact phone, translated where a text of that wording exists.</summary>
    public static string Word(string name)
    {
        var b = new StringBuilder(name.Length + 6);
        foreach (var c in name)
        {
            if (b.Length == 0) b.Append(char.ToUpperInvariant(c));
            else if (char.IsUpper(c)) b.Append(' ').Append(char.ToLowerInvariant(c));
            else b.Append(c);
        }

        // «Owner id» is the owner to people.
        var words = b.ToString();
        if (words.EndsWith(" ids", StringComparison.Ordinal)) words = words[..^4] + "s";
        else if (words.EndsWith(" id", StringComparison.Ordinal)) words = words[..^3];
        return Core.Texts.Knows(words) ? Core.Texts.Get(words) : words;
    }

    private List<HistoryField> Fields(AuditRow row, Dictionary<Guid, string> names)
    {
        var fields = new List<HistoryField>();
        if (row.Changes is null) return fields;
        using var document = JsonDocument.Parse(row.Changes);
        foreach (var property in document.RootElement.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Array || property.Value.GetArrayLength() != 2) continue;
            var (old, now) = (Text(property.Value[0], names), Text(property.Value[1], names));
            if (old is null && now is null) continue;
            fields.Add(new(Word(property.Name), old, now));
        }

        return fields;
    }

    private string? Text(JsonElement value, Dictionary<Guid, string> names)
    {
        var text = value.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.Undefined => null,
            JsonValueKind.True => Core.Texts.Get("Yes"),
            JsonValueKind.False => Core.Texts.Get("No"),
            JsonValueKind.Number => PersianText.Digits(value.GetRawText()),
            JsonValueKind.Array => string.Join(Core.Texts.Get("list separator"), value.EnumerateArray().Select(v => Text(v, names)).Where(v => v is not null)),
            JsonValueKind.String => Text(value.GetString()!, names),
            _ => value.GetRawText(),
        };
        return text is { Length: > LongestValue } ? text[..LongestValue] + "…" : text;
    }

    private string? Text(string text, Dictionary<Guid, string> names)
    {
        if (text.Length == 0) return null;
        if (Guid.TryParseExact(text, "D", out var id)) return names.GetValueOrDefault(id, text[^8..]);
        if (text.Length is >= 20 and <= 35 && text[4] == '-' && text[10] == 'T' && DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var moment)) return dates.DayAndTime(moment);
        if (text.Length == 10 && text[4] == '-' && DateOnly.TryParseExact(text, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.None, out var day)) return dates.Day(day);
        return text;
    }

    private static IEnumerable<Guid> Ids(string json)
    {
        var found = new List<Guid>();
        using var document = JsonDocument.Parse(json);
        Walk(document.RootElement);
        return found;

        void Walk(JsonElement e)
        {
            switch (e.ValueKind)
            {
                case JsonValueKind.Object:
                    foreach (var p in e.EnumerateObject()) Walk(p.Value);
                    break;
                case JsonValueKind.Array:
                    foreach (var v in e.EnumerateArray()) Walk(v);
                    break;
                case JsonValueKind.String when e.TryGetGuid(out var id):
                    found.Add(id);
                    break;
            }
        }
    }
}
