using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Workflows;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Definitions;

/// <summary>Saves a drawing as Studio sends it, and publishes it when asked to. One command for both: a refused publish saves nothing, so Studio's picture of the version stays true.</summary>
/// <param name="Model">The definition in Elsa's format.</param>
/// <param name="Publish">Publish at once; needs the right to publish too.</param>
[Requires(RoutinesPermissions.Design)]
internal sealed record SaveDraftCommand(JsonObject Model, bool Publish) : ICommand<SavedDraft>;

/// <param name="RoutineId">The routine.</param>
/// <param name="VersionId">The version that holds the drawing.</param>
/// <param name="AlreadyPublished">Publishing was asked for and it was the published version already.</param>
internal sealed record SavedDraft(Guid RoutineId, Guid VersionId, bool AlreadyPublished)
{
    /// <summary>What an import did not find here, a sentence each in the language of the moment.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

internal sealed class SaveDraftValidator : AbstractValidator<SaveDraftCommand>
{
    public SaveDraftValidator()
    {
        RuleFor(c => Name(c.Model)).NotEmpty().WithMessage("Give the routine a name.").OverridePropertyName("name");
        RuleFor(c => Name(c.Model)).MaximumLength(RoutineLimits.Name).WithMessage("The name is too long.").OverridePropertyName("name");
        RuleFor(c => c.Model).Must(m => m.ToJsonString().Length <= RoutineLimits.Json).WithMessage("The drawing is too big.").OverridePropertyName("root");
    }

    internal static string? Name(JsonObject model) => model["name"] is JsonValue v && v.TryGetValue(out string? name) ? name : null;
}

internal sealed class SaveDraftHandler(RoutinesDb db, IActivityCatalog catalog, RoutineBoxes boxes, IEnumerable<IWhenPublished> listeners, ICurrentUser user, IUserDirectory users, TimeProvider time) : IRequestHandler<SaveDraftCommand, SavedDraft>
{
    public async Task<SavedDraft> Handle(SaveDraftCommand request, CancellationToken cancellationToken)
    {
        if (request.Publish && !user.Can(RoutinesPermissions.Publish)) throw new Forbidden(RoutinesPermissions.Publish);
        var definitionId = request.Model["definitionId"]?.ToString();
        var routine = string.IsNullOrEmpty(definitionId) ? null : await db.Set<RoutineDefinition>().SingleOrDefaultAsync(d => d.DefinitionId == definitionId, cancellationToken);
        var latest = routine is null ? null : await db.Set<RoutineVersion>().SingleAsync(v => v.Id == routine.LatestVersionId, cancellationToken);

        if (latest is not null && Drawing.BaseOf(request.Model) is { } based && based != (latest.Number, latest.Revision))
            throw new RuleBroken("routine.changed-meanwhile", "{0} saved this routine meanwhile. Your last change was not saved, and theirs was not overwritten: load the page again.", await WhoAsync(latest, cancellationToken));

        var merged = Drawing.Merge(latest is null ? null : WorkflowDefinition.Parse(latest.Json), request.Model);
        routine ??= db.Add(new RoutineDefinition(definitionId, merged.Name!)).Entity;
        var (version, changed) = Publishing.Draw(routine, latest, merged, null, 1, v => db.Add(v));
        if (changed) db.Touch(routine);
        if (!request.Publish) return new(routine.Id, version.Id, false);

        var already = routine.PublishedVersionId == version.Id;
        if (!already)
        {
            var definition = WorkflowDefinition.Parse(version.Json);
            var compiled = Publishing.Check(definition, catalog);
            if (await boxes.MissingAsync(definition, cancellationToken) is { Count: > 0 } missing) throw new InvalidInput(missing);
            await Publishing.PublishAsync(routine, version, compiled, listeners, user, time, cancellationToken);
        }

        return new(routine.Id, version.Id, already);
    }

    private async Task<string> WhoAsync(RoutineVersion version, CancellationToken ct) =>
        version.UpdatedBy is { } id && (await users.CardsAsync([id], ct)).TryGetValue(id, out var card) ? card.Name : Texts.Get("Somebody else");
}
