using System.Globalization;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Features.Incidents;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.IncidentList;

internal sealed record IncidentRow(JobIncident Incident, long JobNumber, string JobTitle, string RoutineName);

[Requires(RoutinesPermissions.Incidents)]
internal sealed class IncidentListPage(RoutinesDb db) : PageBase
{
    private const int PageSize = 50;

    [BindProperty(SupportsGet = true)]
    public bool All { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    [BindProperty]
    public RetryIncidentsCommand Command { get; set; } = new();

    public IReadOnlyList<IncidentRow> Rows { get; private set; } = [];

    public string? Next { get; private set; }

    public async Task OnGetAsync() => await LoadAsync();

    public Task<IActionResult> OnPostAsync() => Send(Command, then: n =>
    {
        Toast("{0} incidents are tried again.", n);
        return Redirect("/jobs/incidents");
    });

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        var incidents = db.Incidents.AsNoTracking().Where(i => All || i.Status == IncidentStatus.Open);
        if (Cursor.Decode(After) is { } after && DateTimeOffset.TryParse(after["at"]?.ToString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && Guid.TryParse(after["id"]?.ToString(), out var id))
            incidents = incidents.Where(i => i.At < at || (i.At == at && i.Id < id));
        var rows = await incidents.OrderByDescending(i => i.At).ThenByDescending(i => i.Id).Take(PageSize + 1)
            .Join(db.Jobs, i => i.JobId, j => j.Id, (i, j) => new IncidentRow(i, j.Number, j.Title, j.RoutineName)).ToListAsync(ct);
        rows = [.. rows.OrderByDescending(r => r.Incident.At).ThenByDescending(r => r.Incident.Id)];
        if (rows.Count > PageSize)
        {
            rows.RemoveAt(PageSize);
            Next = Cursor.Encode(new JsonObject { ["at"] = rows[^1].Incident.At.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture), ["id"] = rows[^1].Incident.Id.ToString() });
        }

        Rows = rows;
    }
}
