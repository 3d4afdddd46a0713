using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Data;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Templates;
using Crm.Web;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Features.EditTemplate;

/// <summary>Adds or changes a template. Its text must be one that can be filled.</summary>
[Requires(MessagingPermissions.Templates)]
[Unique("ux_templates_name", nameof(Name), "There is a template with this name already.")]
internal sealed class SaveTemplateCommand : ICommand<Guid>
{
    public Guid? Id { get; set; }

    public string? Name { get; set; }

    public MessageChannel Channel { get; set; }

    public MessageCategory Category { get; set; }

    [Verbatim]
    public string? Subject { get; set; }

    [Verbatim]
    public string? Body { get; set; }

    public BodyFormat Format { get; set; }

    public string Language { get; set; } = "fa";

    public bool Active { get; set; } = true;

    public uint? Version { get; set; }

    public TemplateContent Content => new(Name ?? "", Channel, Category, MessageText.Line(Subject), MessageText.Body(Body), Format, Language, Active);
}

internal sealed class SaveTemplateValidator : AbstractValidator<SaveTemplateCommand>
{
    public SaveTemplateValidator()
    {
        RuleFor(c => c.Name).NotEmpty().MaximumLength(200);
        RuleFor(c => c.Channel).IsInEnum();
        RuleFor(c => c.Category).IsInEnum();
        RuleFor(c => c.Format).IsInEnum();
        RuleFor(c => c.Language).Must(l => l is "fa" or "en").WithMessage("Choose one of the list.");
        RuleFor(c => c.Subject).MaximumLength(500);
        RuleFor(c => c.Subject).NotEmpty().When(c => c.Channel == MessageChannel.Email);
        RuleFor(c => c.Body).NotEmpty().MaximumLength(TemplateText.MaxLength);
    }
}

internal sealed class SaveTemplateHandler(MessagingDb db, TemplateRenderer renderer, IContactDirectory contacts) : IRequestHandler<SaveTemplateCommand, Guid>
{
    public async Task<Guid> Handle(SaveTemplateCommand request, CancellationToken cancellationToken)
    {
        MergeFields.Learn(contacts);
        var content = request.Content;
        var problems = renderer.Check(content, await contacts.CustomNamesAsync(cancellationToken)).Select(p => (p.Field, p.Problem.Message, p.Problem.Args)).ToList();
        if (problems.Count > 0) throw new InvalidInput(problems);
        if (request.Id is not { } id) return db.Add(new MessageTemplate(content)).Entity.Id;
        var template = await db.Templates.FirstOrDefaultAsync(t => t.Id == id, cancellationToken) ?? throw new NotFound("template", id);
        db.ExpectVersion(template, request.Version);
        template.Change(content);
        return id;
    }
}
