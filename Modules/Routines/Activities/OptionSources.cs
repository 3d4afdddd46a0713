using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Messaging.Contracts;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Versions;
using Crm.Workflows;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Routines.Activities;

internal sealed class UserOptions(IUserDirectory users) : IOptionSource
{
    public string Key => "routines.users";

    public async Task<IReadOnlyList<(string Value, string Text)>> LoadAsync(CancellationToken ct) => [.. (await users.ActiveAsync(ct)).Select(u => (u.Id.ToString(), u.Name))];
}

internal sealed class RoleOptions(IUserDirectory users) : IOptionSource
{
    public string Key => "routines.roles";

    public async Task<IReadOnlyList<(string Value, string Text)>> LoadAsync(CancellationToken ct) => [("", ""), .. (await users.RolesAsync(ct)).Select(r => (r.Id.ToString(), r.Name))];
}

internal sealed class PostOptions(IOrganisation organisation) : IOptionSource
{
    public string Key => "routines.posts";

    public async Task<IReadOnlyList<(string Value, string Text)>> LoadAsync(CancellationToken ct) => [("", ""), .. (await organisation.PostsAsync(ct)).Select(p => (p.Id.ToString(), $"{p.Title} – {p.Unit}"))];
}

internal sealed class UnitOptions(IOrganisation organisation) : IOptionSource
{
    public string Key => "routines.units";

    public async Task<IReadOnlyList<(string Value, string Text)>> LoadAsync(CancellationToken ct) => [("", ""), .. (await organisation.UnitsAsync(ct)).Select(u => (u.Id.ToString(), u.Name))];
}

// Messaging may be switched off: then there is no template to choose.
internal sealed class TemplateOptions(IServiceProvider services) : IOptionSource
{
    public string Key => "routines.templates";

    public async Task<IReadOnlyList<(string Value, string Text)>> LoadAsync(CancellationToken ct) => services.GetService<ITemplateDirectory>() is { } templates
        ? [("", ""), .. (await templates.ListAsync(ct)).Select(t => (t.Id.ToString(), $"{t.Name} ({Texts.Get(t.Channel == "sms" ? "SMS" : "E-mail")})"))]
        : [("", "")];
}

internal sealed class FormOptions(RoutinesDb db) : IOptionSource
{
    public string Key => "routines.forms";

    public async Task<IReadOnlyList<(string Value, string Text)>> LoadAsync(CancellationToken ct) => [("", ""), .. (await db.Forms.Where(f => f.PublishedVersionId != null).OrderBy(f => f.Name).Select(f => new { f.Id, f.Name }).ToListAsync(ct)).Select(f => (f.Id.ToString(), f.Name))];
}

internal sealed class ContactStatusOptions(IBaseDataDirectory lists) : IOptionSource
{
    public string Key => "routines.contact-statuses";

    public async Task<IReadOnlyList<(string Value, string Text)>> LoadAsync(CancellationToken ct) => [("", ""), .. (await lists.ListAsync("contact-status", ct)).Select(v => (v.Id.ToString(), v.Title))];
}

/// <summary>The drawing that somebody has open, while its pickers are filled.</summary>
internal sealed class DrawnRoutine
{
    public const string Header = "X-Crm-Routine";

    public string? DefinitionId { get; set; }
}

/// <summary>The stages of the drawing that is open.</summary>
internal sealed class StageOptions(RoutinesDb db, DrawnRoutine drawn) : IOptionSource
{
    public string Key => "routines.stages";

    public bool ChangesWhileDrawing => true;

    public async Task<IReadOnlyList<(string Value, string Text)>> LoadAsync(CancellationToken ct)
    {
        if (drawn.DefinitionId is not { } id) return [("", "")];
        var json = await db.Set<RoutineDefinition>().Where(r => r.DefinitionId == id).Join(db.Set<RoutineVersion>(), r => r.LatestVersionId, v => v.Id, (r, v) => v.Json).FirstOrDefaultAsync(ct);
        return json is null ? [("", "")] : [("", ""), .. WorkflowDefinition.Parse(json).AllActivities().Where(a => a.Type == Stage.TypeName && a.Id is { Length: > 0 }).Select(a => (a.Id, BoxTitles.Of(a)))];
    }
}
