using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Features.DoStage;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.PrintForm;

/// <summary>The form of a stage on paper: blank while the stage is open, filled once it is done.</summary>
[Requires(RoutinesPermissions.Work)]
internal sealed class PrintStagePage(StageAccess access, IFormSheets sheets, IContactDirectory contacts, IUserDirectory users) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    public StageItem Stage { get; private set; } = null!;

    public Job Job { get; private set; } = null!;

    public string? Customer { get; private set; }

    public string? DoneBy { get; private set; }

    public FormSheet Sheet { get; private set; } = null!;

    public JsonObject? Answers { get; private set; }

    public IReadOnlyDictionary<(string Field, string Id), FieldOption>? Names { get; private set; }

    public async Task OnGetAsync(CancellationToken ct)
    {
        (Stage, Job) = await access.LoadAsync(Id, ct, tracked: false);
        if (Stage.ContactId is { } contact) Customer = (await contacts.CardsAsync([contact], ct)).GetValueOrDefault(contact)?.Name;
        if (Stage.DoneBy is { } by) DoneBy = (await users.CardsAsync([by], ct)).GetValueOrDefault(by)?.Name;
        Sheet = await sheets.OpenAsync(Stage.Design, Stage.ContactId is { } id ? new FormSubject("contacts", id, false) : null, [], ct);
        if (Stage.Status != StageStatus.Done) return;
        Answers = Stage.AnswersJson is { } text ? JsonNode.Parse(text) as JsonObject ?? [] : [];
        Names = await sheets.NamesAsync(Sheet, Answers, ct);
    }
}
