using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.Organisation;

/// <summary>Adds a post of the organisation chart (no id) or changes one.</summary>
[Requires(PlatformPermissions.ManageUnits)]
[Unique("ux_posts_unit_id_title", nameof(Title), "There is a post of this title in this unit already.")]
internal sealed record SavePostCommand : ICommand<Guid>
{
    public Guid? Id { get; init; }

    public uint? Version { get; init; }

    [Display(Name = "Title")]
    public string Title { get; init; } = "";

    [Display(Name = "Unit")]
    public Guid? UnitId { get; init; }

    [Display(Name = "Reports to")]
    public Guid? ReportsToId { get; init; }

    [Display(Name = "Leads the unit")]
    public bool Leads { get; init; }

    [Web.MultilineText]
    [Display(Name = "Description")]
    public string? Description { get; init; }
}

internal sealed class SavePostValidator : AbstractValidator<SavePostCommand>
{
    public SavePostValidator()
    {
        RuleFor(c => c.Title).NotEmpty().MaximumLength(120);
        RuleFor(c => c.UnitId).NotEmpty();
        RuleFor(c => c.Description).MaximumLength(1000);
    }
}

internal sealed class SavePostHandler(PlatformDb db) : IRequestHandler<SavePostCommand, Guid>
{
    public async Task<Guid> Handle(SavePostCommand request, CancellationToken cancellationToken)
    {
        if (!await db.Units.AnyAsync(u => u.Id == request.UnitId, cancellationToken)) throw new InvalidInput(nameof(request.UnitId), "Choose one of the list.");
        var posts = await db.Posts.ToListAsync(cancellationToken);
        var post = request.Id is { } id ? posts.Find(p => p.Id == id) ?? throw new NotFound("post", id) : new Post(request.Title, request.UnitId!.Value);
        if (request.Id is null) db.Posts.Add(post);
        else db.ExpectVersion(post, request.Version);

        for (var up = request.ReportsToId; up is not null; up = posts.Find(p => p.Id == up)?.ReportsToId)
        {
            if (up == post.Id) throw new InvalidInput(nameof(request.ReportsToId), "A post can't report to itself.");
            if (!posts.Exists(p => p.Id == up)) throw new InvalidInput(nameof(request.ReportsToId), "Choose one of the list.");
        }

        post.Title = request.Title;
        post.UnitId = request.UnitId!.Value;
        post.ReportsToId = request.ReportsToId;
        post.Leads = request.Leads;
        post.Description = request.Description;
        return post.Id;
    }
}
