using Crm.Core;
using Crm.Routines.Data;
using Crm.Workflows;
using FluentValidation;
using MediatR;

namespace Crm.Routines.Definitions;

/// <summary>A new routine with an empty drawing.</summary>
[Requires(RoutinesPermissions.Design)]
internal sealed record CreateRoutineCommand : ICommand<string>
{
    public string Name { get; set; } = "";

    public string? Description { get; set; }
}

internal sealed class CreateRoutineValidator : AbstractValidator<CreateRoutineCommand>
{
    public CreateRoutineValidator()
    {
        RuleFor(c => c.Name).NotEmpty().WithMessage("Give the routine a name.").MaximumLength(RoutineLimits.Name).WithMessage("The name is too long.");
        RuleFor(c => c.Description).MaximumLength(4000).WithMessage("The text is too long.");
    }
}

/// <summary>Answers Elsa's id, which is the one in the address of the designer.</summary>
internal sealed class CreateRoutineHandler(RoutinesDb db) : IRequestHandler<CreateRoutineCommand, string>
{
    public Task<string> Handle(CreateRoutineCommand request, CancellationToken cancellationToken)
    {
        var routine = db.Add(new RoutineDefinition(null, request.Name)).Entity;
        var definition = WorkflowDefinition.Create(routine.DefinitionId, "", request.Name);
        if (!string.IsNullOrWhiteSpace(request.Description)) definition.Description = request.Description;
        Publishing.Draw(routine, null, definition, null, 1, v => db.Add(v));
        return Task.FromResult(routine.DefinitionId);
    }
}
