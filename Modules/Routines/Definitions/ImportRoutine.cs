using Crm.Core;
using Crm.Routines.Data;
using Crm.Workflows;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Definitions;

/// <summary>Takes a definition from a file, from here or from any Elsa 3 server. It arrives as a draft, whatever the file says: publishing is a decision, and checked.</summary>
/// <param name="Json">The file's text.</param>
/// <param name="Into">Elsa's id of the routine whose next version it becomes; null to go by the id in the file.</param>
[Requires(RoutinesPermissions.Design)]
internal sealed record ImportRoutineCommand(string Json, string? Into = null) : ICommand<SavedDraft>;

internal sealed class ImportRoutineValidator : AbstractValidator<ImportRoutineCommand>
{
    public ImportRoutineValidator() => RuleFor(c => c.Json).NotEmpty().WithMessage("The file is empty.").MaximumLength(RoutineLimits.Json).WithMessage("The drawing is too big.");
}

internal sealed class ImportRoutineHandler(RoutinesDb db, RoutineTravel travel) : IRequestHandler<ImportRoutineCommand, SavedDraft>
{
    public async Task<SavedDraft> Handle(ImportRoutineCommand request, CancellationToken cancellationToken)
    {
        WorkflowDefinition definition;
        try
        {
            definition = WorkflowDefinition.Parse(request.Json);
        }
        catch (FormatException)
        {
            throw new InvalidInput("Json", "This file is not a routine.");
        }

        if (definition.Root is null) throw new InvalidInput("Json", "This file is not a routine.");
        Drawing.Clean(definition.Json);
        (definition, var notes) = await travel.UnpackAsync(definition, cancellationToken);
        if (string.IsNullOrWhiteSpace(definition.Name)) definition.Name = Texts.Get("Imported routine");
        if (definition.Name!.Length > RoutineLimits.Name) throw new InvalidInput("Json", "The name is too long.");

        var definitionId = request.Into ?? definition.DefinitionId;
        if (definitionId.Length > RoutineLimits.Id || definition.Id.Length > RoutineLimits.Id) throw new InvalidInput("Json", "This file is not a routine.");
        var routine = definitionId.Length == 0 ? null : await db.Set<RoutineDefinition>().SingleOrDefaultAsync(d => d.DefinitionId == definitionId, cancellationToken);
        var latest = routine is null ? null : await db.Set<RoutineVersion>().SingleAsync(v => v.Id == routine.LatestVersionId, cancellationToken);
        routine ??= db.Add(new RoutineDefinition(definitionId, definition.Name)).Entity;

        var fileVersion = definition.Id;
        var keepsId = fileVersion.Length > 0 && request.Into is null && !await db.Set<RoutineVersion>().AnyAsync(v => v.VersionId == fileVersion, cancellationToken);
        var (version, changed) = Publishing.Draw(routine, latest, definition, keepsId ? fileVersion : null, Math.Max(1, definition.Version), v => db.Add(v));
        if (changed) db.Touch(routine);
        return new(routine.Id, version.Id, false) { Notes = notes };
    }
}
