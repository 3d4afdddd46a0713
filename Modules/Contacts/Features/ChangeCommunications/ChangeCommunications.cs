using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Records;
using Crm.Core;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ChangeCommunications;

/// <summary>Sets one field of some communications: what a list does in place and in bulk. Answers how many got another value.</summary>
[Requires(ContactsPermissions.ChangeCommunications)]
internal sealed record ChangeCommunicationsCommand(IReadOnlyCollection<Guid> Ids, string Field, IReadOnlyList<string> Values) : ICommand<int>;

internal sealed class ChangeCommunicationsValidator : AbstractValidator<ChangeCommunicationsCommand>
{
    public ChangeCommunicationsValidator()
    {
        RuleFor(c => c.Ids).Must(i => i.Count is > 0 and <= 500).WithMessage("Too many values.");
        RuleFor(c => c.Field).NotEmpty();
        RuleFor(c => c.Values).Must(v => v.Count <= 50).WithMessage("Too many values.");
    }
}

internal sealed class ChangeCommunicationsHandler(ContactsDb db, ListValues values) : IRequestHandler<ChangeCommunicationsCommand, int>
{
    public async Task<int> Handle(ChangeCommunicationsCommand request, CancellationToken cancellationToken)
    {
        var change = await ReadAsync(request, cancellationToken);
        var all = await db.Communications.Where(c => request.Ids.Contains(c.Id)).ToListAsync(cancellationToken);
        if (all.Count == 0) throw new NotFound(nameof(Communication), request.Ids.First());
        foreach (var one in all) change(one);
        db.ChangeTracker.DetectChanges();
        return all.Count(c => db.Entry(c).State == EntityState.Modified);
    }

    private async Task<Action<Communication>> ReadAsync(ChangeCommunicationsCommand c, CancellationToken ct)
    {
        switch (c.Field)
        {
            case "kind":
                var kind = ListValues.Required(await values.BaseAsync(BaseLists.CommunicationKind, c.Values, ct));
                return x => x.Change(kind, x.StartedAt, x.EndedAt);
            case "result":
                var result = await values.BaseAsync(BaseLists.CommunicationResult, c.Values, ct);
                return x => x.Write(x.Text, x.Questions, result, x.NextStep, x.JobId);
            case "nextStep":
                var next = ListValues.Text(c.Values, 1000);
                return x => x.Write(x.Text, x.Questions, x.ResultId, next, x.JobId);
            case var key when key.StartsWith("custom.", StringComparison.Ordinal):
                var custom = await values.CustomAsync(CommunicationRecords.RecordKey, key, c.Values, ct);
                return x => x.SetCustom(custom(x.Custom));
            default: throw new NotFound("field", c.Field);
        }
    }
}
