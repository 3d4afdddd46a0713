using Crm.Contacts.Data;
using Crm.Contacts.Features.ManageGroups;
using Crm.Core;
using Crm.Web;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Contacts.Api;

/// <summary>A group as the API tells it; <c>Path</c> has the titles from the top.</summary>
internal sealed record ApiGroup(Guid Id, Guid? ParentId, string Title, string Persian, string? English, string Path, int Depth, bool Active, uint Version);

internal sealed class GroupsApi : IApiEndpoints
{
    public void Map(RouteGroupBuilder api)
    {
        var groups = api.MapGroup("/groups").WithTags("groups");
        groups.MapGet("", async (Guid? parentId, BaseDataCache cache, CancellationToken ct) =>
        {
            var tree = (await cache.GetAsync(ct)).Groups;
            var under = parentId is { } p ? tree.Under(p) : null;
            return new ApiPage<ApiGroup>([.. tree.InOrder().Where(g => under is null || under.Contains(g.Group.Id)).Select(g => Of(g, tree))], null);
        }).Requires(ContactsPermissions.See);
        groups.MapGet("/{id:guid}", async (Guid id, HttpContext http, BaseDataCache cache, CancellationToken ct) =>
        {
            var group = await FindAsync(cache, id, ct);
            return ApiExtensions.Record(http, group, group.Version);
        }).Requires(ContactsPermissions.See).Gives(typeof(ApiGroup));
        groups.MapPost("", async (Patch p, HttpContext http, IMediator mediator, BaseDataCache cache, CancellationToken ct) =>
        {
            var id = await mediator.Send(
                new AddGroupCommand { ParentId = p.Get<Guid?>("parentId", null), Title = PersianText.Clean(p.Get<string>("title", null) ?? p.Get<string>("persian", null)), EnglishTitle = PersianText.Clean(p.Get<string>("english", null)) }, ct);
            var group = await FindAsync(cache, id, ct);
            return ApiExtensions.Created(http, $"/api/v1/groups/{id}", group, group.Version);
        }).Requires(ContactsPermissions.ManageGroups).Takes(typeof(ApiGroup)).Gives(typeof(ApiGroup), StatusCodes.Status201Created);
        groups.MapPatch("/{id:guid}", async (Guid id, Patch p, HttpContext http, IMediator mediator, BaseDataCache cache, CancellationToken ct) =>
        {
            var was = await FindAsync(cache, id, ct);
            if (p.Has("parentId") && (p.Has("title") || p.Has("persian") || p.Has("english") || p.Has("active"))) throw new InvalidInput("parentId", "Move a group and change it one after the other.");
            if (p.Has("parentId"))
            {
                await mediator.Send(new MoveGroupCommand(was.Id, p.Get<Guid?>("parentId", null), p.Get<int?>("index", null)), ct);
            }
            else
            {
                await mediator.Send(
                    new EditGroupCommand
                    {
                        Id = was.Id, Version = http.Request.IfMatch(was.Version), Title = PersianText.Clean(p.Get("persian", p.Get("title", was.Persian))), EnglishTitle = PersianText.Clean(p.Get("english", was.English)),
                        Active = p.Get("active", was.Active),
                    },
                    ct);
            }

            var group = await FindAsync(cache, id, ct);
            return ApiExtensions.Record(http, group, group.Version);
        }).Requires(ContactsPermissions.ManageGroups).Takes(typeof(ApiGroup)).Gives(typeof(ApiGroup));
        groups.MapPost("/{id:guid}/merge", async (Guid id, Patch p, HttpContext http, IMediator mediator, BaseDataCache cache, CancellationToken ct) =>
        {
            await mediator.Send(new MergeGroupCommand { Id = id, IntoId = p.Get<Guid?>("intoId", null) }, ct);
            var group = await FindAsync(cache, id, ct);
            return ApiExtensions.Record(http, group, group.Version);
        }).Requires(ContactsPermissions.ManageGroups).Gives(typeof(ApiGroup));
    }

    private static async Task<ApiGroup> FindAsync(BaseDataCache cache, Guid id, CancellationToken ct)
    {
        var tree = (await cache.GetAsync(ct)).Groups;
        var group = tree.Find(id) ?? throw new NotFound("group", id);
        return Of(tree.InOrder().First(p => p.Group.Id == group.Id), tree);
    }

    private static ApiGroup Of(GroupPlace p, GroupTree tree) =>
        new(p.Group.Id, p.Group.ParentId, p.Group.Title, p.Group.Persian, p.Group.English, tree.Path(p.Group.Id)!, p.Depth, p.Group.Active, p.Group.Version);
}
