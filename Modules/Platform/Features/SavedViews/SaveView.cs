using Crm.Core;
using Crm.Data;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.SavedViews;

/// <summary>Saves a list under a name (no id) or changes one's own view.</summary>
[SignedIn]
[Unique("ux_list_views_record_owner_id_name", nameof(Name), "You have a view of this name already.")]
internal sealed record SaveViewCommand : ICommand<Guid>
{
    public Guid? Id { get; init; }

    public string Record { get; init; } = "";

    public string Name { get; init; } = "";

    [Web.Verbatim]
    public string Query { get; init; } = "";

    public bool ForAll { get; init; }

    public List<Guid> RoleIds { get; init; } = [];
}

internal sealed class SaveViewValidator : AbstractValidator<SaveViewCommand>
{
    public SaveViewValidator()
    {
        RuleFor(c => c.Record).NotEmpty();
        RuleFor(c => c.Name).NotEmpty().MaximumLength(80);
        RuleFor(c => c.Query).MaximumLength(8000);
    }
}

internal sealed class SaveViewHandler(PlatformDb db, IRecordTypes types, ICurrentUser user) : IRequestHandler<SaveViewCommand, Guid>
{
    public async Task<Guid> Handle(SaveViewCommand request, CancellationToken cancellationToken)
    {
        var type = types.Find(request.Record) ?? throw new NotFound("record type", request.Record);
        if (!user.Can(type.See)) throw new Forbidden(type.See);
        // What everybody is shown is for those who may say so.
        if ((request.ForAll || request.RoleIds.Count > 0) && !user.Can(PlatformPermissions.ShareViews)) throw new Forbidden(PlatformPermissions.ShareViews);
        var me = user.Id ?? throw new Forbidden(type.See);
        var view = request.Id is { } id ? await db.ListViews.FirstOrDefaultAsync(v => v.Id == id && v.OwnerId == me, cancellationToken) ?? throw new NotFound("view", id) : new ListView(type.Key, me);
        if (request.Id is null) db.ListViews.Add(view);
        view.Name = request.Name;
        view.Query = request.Query ?? "";
        view.ForAll = request.ForAll;
        view.RoleIds = [.. request.RoleIds.Distinct()];
        return view.Id;
    }
}
