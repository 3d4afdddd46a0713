using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Platform.Features.RecordAsOf;

/// <summary>A record as it was on a date, beside what has changed since. Who sees the record sees it; records that no module answers for need the right to all history.</summary>
[SignedIn]
internal sealed class RecordAsOfPage(RecordPast past, RecordHistory history, IEnumerable<IHistoryOwner> owners, TimeProvider time) : PageBase
{
    private const int Latest = 50;

    [BindProperty(SupportsGet = true)]
    public string Entity { get; set; } = "";

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty(SupportsGet = true)]
    public DateOnly? On { get; set; }

    [BindProperty(SupportsGet = true)]
    public TimeOnly? Time { get; set; }

    public HistoryTitle? Record { get; private set; }

    public DateTimeOffset At { get; private set; }

    public Past? Then { get; private set; }

    /// <summary>Each with its fields: old is what stood then, new what stands now.</summary>
    public IReadOnlyList<(HistoryEntry Entry, PastRecord Past)> Records { get; private set; } = [];

    public IReadOnlyList<HistoryEntry> Changes { get; private set; } = [];

    public string OnText => Dates.Day(Dates.DayOf(At));

    public string TimeText => Time is { } t ? t.ToString("HH:mm", System.Globalization.CultureInfo.InvariantCulture) : "";

    public DateOnly DayOf(DateTimeOffset at) => Dates.DayOf(at);

    public string LinkTo(DateOnly day) => "?on=" + Uri.EscapeDataString(Dates.Day(day));

    public async Task OnGetAsync()
    {
        var ct = HttpContext.RequestAborted;
        if (owners.FirstOrDefault(o => o.Entity == Entity) is { } owner) Record = await owner.FindAsync(Id, ct) ?? throw new NotFound(Entity, Id);
        else if (!Me.Can(PlatformPermissions.SeeAudit)) throw new NotFound(Entity, Id);

        // A day without a time is its end; today it is now.
        var now = time.GetUtcNow();
        At = On is not { } day ? now : Time is { } t ? Dates.Moment(day, t).AddMinutes(1).AddTicks(-10) : Dates.Moment(day.AddDays(1), TimeOnly.MinValue).AddTicks(-10);
        if (At > now) At = now;
        Then = await past.AtAsync(Entity, Id, At, ct);
        Changes = await history.OfAsync(Id, Latest, ct);
        if (Then.Root is null) return;
        var all = new[] { Then.Root }.Concat(Then.Parts).ToList();
        Records = [.. (await history.ShowAsync([.. all.Select(r => PastRows.Row(r, Id.ToString("D")))], ct, longest: 10_000)).Zip(all)];
    }
}

/// <summary>A record of the past in the shape of a change, from what stood then to what stands now, so that one code shows both.</summary>
internal static class PastRows
{
    /// <param name="record">The record or a part of it.</param>
    /// <param name="whole">Id of the record: that a part belongs to it goes without saying.</param>
    public static AuditRow Row(PastRecord record, string whole)
    {
        var changes = new System.Text.Json.Nodes.JsonObject();
        foreach (var (field, value) in record.Fields.Where(f => f.Value is not System.Text.Json.Nodes.JsonValue v || !v.TryGetValue(out string? text) || text != whole)) changes[field] = new System.Text.Json.Nodes.JsonArray(value.DeepClone(), record.Gone ? null : record.Since.TryGetValue(field, out var now) ? now?.DeepClone() : value.DeepClone());
        foreach (var (field, now) in record.Since.Where(s => s.Value is not null && !record.Fields.ContainsKey(s.Key))) changes[field] = new System.Text.Json.Nodes.JsonArray(null, now!.DeepClone());
        return new AuditRow { UserName = "", Through = "", Command = "", Entity = record.Entity, EntityId = record.Id, Action = "M", Changes = changes.ToJsonString(s_plain) };
    }

    private static readonly System.Text.Json.JsonSerializerOptions s_plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
