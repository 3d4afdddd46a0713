using Crm.Core;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.SavedViews;

/// <summary>Columns, their order and the size that the user wants of a list; none for the list as it was at first.</summary>
[SignedIn]
internal sealed record SaveLayoutCommand(string Record, IReadOnlyList<string> Columns, int Size) : ICommand;

internal sealed class SaveLayoutValidator : AbstractValidator<SaveLayoutCommand>
{
    public SaveLayoutValidator()
    {
        RuleFor(c => c.Columns).Must(c => c.Count <= 100).WithMessage("Too many values.");
        RuleFor(c => c.Size).InclusiveBetween(10, 500);
    }
}

internal sealed class SaveLayoutHandler(PlatformDb db, IRecordTypes types, ICurrentUser user) : IRequestHandler<SaveLayoutCommand, Unit>
{
    public async Task<Unit> Handle(SaveLayoutCommand request, CancellationToken cancellationToken)
    {
        var type = types.Find(request.Record) ?? throw new NotFound("record type", request.Record);
        var me = user.Id ?? throw new Forbidden(type.See);
        var known = (await types.FieldsAsync(type, user, cancellationToken)).Where(f => f.Listed).Select(f => f.Key).ToHashSet(StringComparer.Ordinal);
        string[] columns = [.. request.Columns.Where(known.Contains).Distinct(StringComparer.Ordinal)];
        // The record's name is the way to its page: a list without it leads nowhere.
        if (columns.Length > 0 && type.Fields.FirstOrDefault(f => f.Main) is { } main && !columns.Contains(main.Key)) columns = [main.Key, .. columns];
        var row = await db.ListLayouts.FirstOrDefaultAsync(l => l.UserId == me && l.Record == type.Key, cancellationToken);
        if (row is null) db.ListLayouts.Add(row = new(type.Key, me));
        (row.Columns, row.Size) = (columns, request.Size);
        return Unit.Value;
    }
}
