using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Features.Forms;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.FillForm;

/// <summary>A form is filled for a customer, outside routines.</summary>
[Requires(RoutinesPermissions.Fill)]
internal sealed record FillFormCommand : ICommand<Guid>
{
    /// <summary>Id of what is filled: made with the page, so that files know where they belong and a repeat is told.</summary>
    public Guid Id { get; set; }

    public Guid FormId { get; set; }

    public Guid ContactId { get; set; }

    /// <summary>The version that stood on the page: it is the one that was answered.</summary>
    public Guid VersionId { get; set; }

    public Dictionary<string, string[]> Answers { get; set; } = [];
}

internal sealed class FillFormValidator : AbstractValidator<FillFormCommand>
{
    public FillFormValidator()
    {
        RuleFor(c => c.Id).NotEmpty();
        RuleFor(c => c.FormId).NotEmpty();
        RuleFor(c => c.ContactId).NotEmpty();
        RuleFor(c => c.VersionId).NotEmpty();
    }
}

internal sealed class FillFormHandler(RoutinesDb db, StageForms forms, IFormSheets sheets, IFileStore files, IContactDirectory contacts, ICurrentUser user, TimeProvider time) : IRequestHandler<FillFormCommand, Guid>
{
    public async Task<Guid> Handle(FillFormCommand command, CancellationToken cancellationToken)
    {
        // Sent twice: it is there already.
        if (await db.FilledForms.AnyAsync(f => f.Id == command.Id, cancellationToken)) return command.Id;
        var form = await db.Forms.FirstOrDefaultAsync(f => f.Id == command.FormId && f.ForCustomers, cancellationToken) ?? throw new NotFound("form", command.FormId);
        var version = await db.Set<FormVersion>().FirstOrDefaultAsync(v => v.Id == command.VersionId && v.FormId == form.Id, cancellationToken) ?? throw new NotFound("form version", command.VersionId);
        var card = (await contacts.CardsAsync([command.ContactId], cancellationToken)).GetValueOrDefault(command.ContactId) ?? throw new NotFound("contact", command.ContactId);
        var sheet = await forms.OfCustomerAsync(FormDesign.Parse(version.DesignJson), card.Id, cancellationToken);
        var laid = sheet.Fields.Any(f => f.Kind is FieldKind.Files or FieldKind.Picture or FieldKind.Signature) ? (await files.OfAsync(FilledFiles.Key, [command.Id], cancellationToken))[command.Id].ToDictionary(f => f.Id) : [];
        var problems = new FormProblems();
        var answers = sheet.Read(command.Answers, id => laid.TryGetValue(id, out var file) ? new CustomFile(file.Id, file.Size, file.Name) : null, problems);
        await sheets.CheckLinksAsync(sheet, answers, problems, cancellationToken);
        if (problems.All.Count > 0) throw new InvalidInput([.. problems.All.Select(p => ($"Answers[{p.Field}]", p.Message, p.Args))]);
        var filled = new FilledForm(command.Id, form, version.Id, card.Id, card.BranchId, answers, time.GetUtcNow(), user.Id);
        filled.AskForFields(StageForms.Changes(sheet, answers));
        db.Add(filled);
        return filled.Id;
    }
}

/// <summary>Keeps a file of a form that is being filled.</summary>
[Requires(RoutinesPermissions.Fill)]
internal sealed record KeepFilledFileCommand(Guid Id, string Name, Stream Content) : ICommand<CustomFile>;

internal sealed class KeepFilledFileValidator : AbstractValidator<KeepFilledFileCommand>
{
    public KeepFilledFileValidator()
    {
        RuleFor(c => c.Id).NotEmpty();
        RuleFor(c => c.Name).NotEmpty().MaximumLength(255);
    }
}

internal sealed class KeepFilledFileHandler(RoutinesDb db, IFileStore files) : IRequestHandler<KeepFilledFileCommand, CustomFile>
{
    public async Task<CustomFile> Handle(KeepFilledFileCommand command, CancellationToken cancellationToken)
    {
        // A form that is filled already does not get more, whosever it is.
        if (await db.FilledForms.IgnoreQueryFilters().AnyAsync(f => f.Id == command.Id, cancellationToken)) throw new RuleBroken("form.filled", "This form was filled already.");
        var file = await files.SaveAsync(FilledFiles.Key, command.Id, RoutinesPermissions.Fill, command.Name, command.Content, cancellationToken);
        return new(file.Id, file.Size, file.Name);
    }
}

[Requires(RoutinesPermissions.Fill)]
internal sealed record DeleteFilledFormCommand(Guid Id) : ICommand;

internal sealed class DeleteFilledFormValidator : AbstractValidator<DeleteFilledFormCommand>
{
    public DeleteFilledFormValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class DeleteFilledFormHandler(RoutinesDb db, ICurrentUser user) : IRequestHandler<DeleteFilledFormCommand, Unit>
{
    public async Task<Unit> Handle(DeleteFilledFormCommand command, CancellationToken cancellationToken)
    {
        var filled = await db.FilledForms.FirstOrDefaultAsync(f => f.Id == command.Id, cancellationToken) ?? throw new NotFound("filled form", command.Id);
        // One's own, or with the right over forms.
        if (filled.FilledBy != user.Id && !user.Can(RoutinesPermissions.Forms)) throw new Forbidden(RoutinesPermissions.Forms);
        db.Remove(filled);
        return Unit.Value;
    }
}
