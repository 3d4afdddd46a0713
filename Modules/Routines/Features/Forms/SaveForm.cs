using Crm.Core;
using Crm.Data;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Web;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.Forms;

/// <summary>A field of a plain form, as programs send it.</summary>
internal sealed record FieldDraft
{
    public string? Name { get; set; }

    public string? Label { get; set; }

    public FieldKind Kind { get; set; }

    public bool Required { get; set; }

    /// <summary>One choice a line.</summary>
    public string? Choices { get; set; }

    public string? Help { get; set; }
}

[Requires(RoutinesPermissions.Forms)]
[Unique("ux_forms_name", nameof(Name), "There is a form of this name already.")]
internal sealed record SaveFormCommand : ICommand<Guid>
{
    public Guid? Id { get; set; }

    public string? Name { get; set; }

    public string? Description { get; set; }

    public bool ForCustomers { get; set; }

    /// <summary>The design as JSON; null where <see cref="Fields"/> say it.</summary>
    [Verbatim]
    public string? Design { get; set; }

    /// <summary>The design came as a list of fields: what is wrong is told by its place in the list.</summary>
    public bool Plain { get; set; }

    /// <summary>A plain form: a list of fields.</summary>
    public List<FieldDraft> Fields { get; set; } = [];

    /// <summary>Given out at once; else it stays a draft.</summary>
    public bool Publish { get; set; } = true;

    public uint? Version { get; set; }
}

internal sealed class SaveFormValidator : AbstractValidator<SaveFormCommand>
{
    public SaveFormValidator()
    {
        RuleFor(c => c.Name).NotEmpty().MaximumLength(200);
        RuleFor(c => c.Description).MaximumLength(1000);
        RuleFor(c => c.Design).Must(d => d is null || d.Length <= 500_000).WithMessage("This form is too big.");
        RuleFor(c => c.Fields).Must(f => f.Count <= FormCheck.MostFields).WithMessage("This form is too big.");
    }
}

internal sealed class SaveFormHandler(RoutinesDb db) : IRequestHandler<SaveFormCommand, Guid>
{
    public async Task<Guid> Handle(SaveFormCommand command, CancellationToken cancellationToken)
    {
        Form form;
        if (command.Id is { } id)
        {
            form = await db.Forms.FirstOrDefaultAsync(f => f.Id == id, cancellationToken) ?? throw new NotFound("form", id);
            db.ExpectVersion(form, command.Version);
            form.Name = command.Name!.Trim();
        }
        else
        {
            form = new Form(command.Name!.Trim());
            db.Add(form);
        }

        form.Description = PersianText.Clean(command.Description, multiline: true);
        form.ForCustomers = command.ForCustomers;
        var design = FormDrafts.Named(string.IsNullOrWhiteSpace(command.Design) ? FormDrafts.Of(command.Fields) : FormDesign.Parse(command.Design));
        FormDrafts.Refuse(design, command.Publish, command.Plain || command.Design is null);
        form.Draw(design);
        // Something of it is always new to the row, so that two who draw at once are told (a design may come back as it was).
        db.Touch(form);
        if (command.Publish)
        {
            var published = form.PublishedVersionId is { } v ? await db.Set<FormVersion>().FirstOrDefaultAsync(x => x.Id == v, cancellationToken) : null;
            if (form.Publish(published) is { } version) db.Add(version);
        }

        return form.Id;
    }
}

/// <summary>Designs on their way in.</summary>
internal static class FormDrafts
{
    public static FormDesign Of(IReadOnlyList<FieldDraft> fields) => FormDesign.Flat([.. fields.Select(f => new FormField
    {
        Name = f.Name?.Trim() ?? "", Label = new(f.Label?.Trim() ?? ""), Kind = f.Kind, Required = f.Required, Help = string.IsNullOrWhiteSpace(f.Help) ? null : new FormText(f.Help.Trim()),
        Choices = f.Kind is FieldKind.Choice or FieldKind.MultiChoice && f.Choices is not null ? [.. f.Choices.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct().Select(c => (FormChoice)c)] : null,
    })]);

    /// <summary>A name nobody typed is for expressions only: short, and never one that is used.</summary>
    public static FormDesign Named(FormDesign design)
    {
        var used = design.Fields.Select(f => f.Name).Where(n => n.Length > 0).ToHashSet(StringComparer.Ordinal);
        var n = 0;
        string Next()
        {
            do n++;
            while (!used.Add("f" + n));
            return "f" + n;
        }

        return design with { Sections = [.. design.Sections.Select(s => s with { Fields = [.. s.Fields.Select(f => f.Name.Length > 0 ? f : f with { Name = Next() })] })] };
    }

    /// <exception cref="InvalidInput">What is wrong, by place. A draft may be unfinished, but what is there must be readable.</exception>
    public static void Refuse(FormDesign design, bool publish, bool plain)
    {
        var wrong = FormCheck.Of(design);
        if (publish && design.IsEmpty) wrong = [.. wrong, ("", "A form without fields can't be given out.", [])];
        if (wrong.Count > 0) throw new InvalidInput([.. wrong.Select(w => (Place(w.Place), w.Message, w.Args))]);

        string Place(string place) => place.Length == 0 ? plain ? "Fields" : "Design" : plain ? "Fields" + place["sections[0].fields".Length..] : "Design." + place;
    }
}

[Requires(RoutinesPermissions.Forms)]
internal sealed record DeleteFormCommand(Guid Id) : ICommand;

internal sealed class DeleteFormValidator : AbstractValidator<DeleteFormCommand>
{
    public DeleteFormValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class DeleteFormHandler(RoutinesDb db) : IRequestHandler<DeleteFormCommand, Unit>
{
    public async Task<Unit> Handle(DeleteFormCommand command, CancellationToken cancellationToken)
    {
        db.Remove(await db.Forms.FirstOrDefaultAsync(f => f.Id == command.Id, cancellationToken) ?? throw new NotFound("form", command.Id));
        return Unit.Value;
    }
}
