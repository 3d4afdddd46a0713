using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Messaging.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Templates;

/// <summary>A new routine, drawn from a template in the language of the moment, with the forms and messages it needs. It arrives as a draft that can be published as it is.</summary>
[Requires(RoutinesPermissions.Design)]
internal sealed record CreateFromTemplateCommand : ICommand<string>
{
    public string Template { get; set; } = "";

    public string Name { get; set; } = "";
}

internal sealed class CreateFromTemplateValidator : AbstractValidator<CreateFromTemplateCommand>
{
    public CreateFromTemplateValidator(RoutineTemplates templates)
    {
        RuleFor(c => c.Template).Must(t => templates.Find(t) is not null).WithMessage("Choose one of the list.");
        RuleFor(c => c.Name).NotEmpty().WithMessage("Give the routine a name.").MaximumLength(RoutineLimits.Name).WithMessage("The name is too long.");
    }
}

/// <summary>Answers Elsa's id, which is the one in the address of the designer.</summary>
internal sealed class CreateFromTemplateHandler(RoutinesDb db, RoutineTemplates templates, IEnumerable<ITemplateDirectory> messages, IBaseDataDirectory baseData, IEventSink events, ICurrentUser user) : IRequestHandler<CreateFromTemplateCommand, string>
{
    public async Task<string> Handle(CreateFromTemplateCommand request, CancellationToken cancellationToken)
    {
        var template = templates.Find(request.Template)!;
        var language = Texts.Language;
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var form in template.Forms) ids["@form:" + form.Key] = (await FormAsync(form, language, cancellationToken)).ToString();
        foreach (var message in template.Messages) ids["@message:" + message.Key] = (await MessageAsync(message, language, cancellationToken)).ToString();
        foreach (var list in (string[])["communication-kind", "communication-result", "contact-status"])
            if ((await baseData.ListAsync(list, cancellationToken)).FirstOrDefault() is { } first) ids["@base:" + list] = first.Id.ToString();

        var definition = template.Draw(language, ids);
        definition.Name = request.Name;
        var routine = db.Add(new RoutineDefinition(null, request.Name)).Entity;
        Publishing.Draw(routine, null, definition, null, 1, v => db.Add(v));
        // For whom and how it starts is the right of who publishes; who only draws gets the drawing.
        if (user.Can(RoutinesPermissions.Publish))
        {
            db.Add(new RoutineBinding(routine.Id)
            {
                Purpose = template.Purpose, Start = template.Start, Trigger = template.Trigger,
                TriggerInputs = template.TriggerInputs.Count == 0 ? null : System.Text.Json.JsonSerializer.Serialize(template.TriggerInputs, Runtime.StimulusText.Json),
            });
        }

        return routine.DefinitionId;
    }

    // A form of the name is taken as it is: somebody may have made it fit.
    private async Task<Guid> FormAsync(TemplateForm wanted, string language, CancellationToken ct)
    {
        var name = wanted.Name.In(language);
        if (await db.Forms.Where(f => f.Name == name).Select(f => (Guid?)f.Id).FirstOrDefaultAsync(ct) is { } known) return known;
        var form = new Form(name);
        form.Draw(RoutineTemplate.DesignOf(wanted));
        db.Add(form.Publish(null)!);
        return db.Add(form).Entity.Id;
    }

    private async Task<Guid> MessageAsync(TemplateMessage wanted, string language, CancellationToken ct)
    {
        var name = wanted.Name.In(language);
        foreach (var directory in messages)
            if ((await directory.ListAsync(ct)).FirstOrDefault(t => t.Name == name && t.Channel == wanted.Channel) is { } known) return known.Id;
        var id = Guid.CreateVersion7();
        events.Tell(new TemplateWanted(id, name, wanted.Channel, wanted.Subject?.In(language), wanted.Body.In(language)));
        return id;
    }
}
