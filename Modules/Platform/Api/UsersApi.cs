using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Crm.Platform.Features.AddUser;
using Crm.Platform.Features.BranchList;
using Crm.Platform.Features.EditRole;
using Crm.Platform.Features.EditUser;
using Crm.Web;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Api;

internal sealed record UserRecord(
    Guid Id, string UserName, string Name, string? Email, string? Mobile, bool Active, Guid BranchId, IReadOnlyList<Guid> BranchIds, bool SeesAllBranches, IReadOnlyList<Guid> RoleIds, IReadOnlyList<int> ProvinceIds,
    string Language, string Calendar, string TimeZone, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, uint Version);

internal sealed record UserInput(string? UserName, string? Name, string? Email, string? Mobile, string? Password, Guid? BranchId, List<Guid>? BranchIds, bool? SeesAllBranches, List<Guid>? RoleIds, List<int>? ProvinceIds, string? Language);

internal sealed record PasswordInput(string? Password);

internal sealed record MeRecord(Guid Id, string UserName, string Name, IReadOnlyList<Guid> RoleIds, bool IsAdministrator, IReadOnlyList<string> Permissions, Guid BranchId, bool SeesAllBranches, IReadOnlyList<Guid> BranchIds, string Language, string Calendar, string TimeZone);

/// <param name="Scopes">By permission how far it reaches, where that is other than «branch»: own, team, province, all.</param>
/// <param name="Fields">By field what the role does to it: hidden, readOnly.</param>
internal sealed record RoleRecord(Guid Id, string Name, string? Description, bool IsAdministrator, IReadOnlyList<string> Permissions, IReadOnlyDictionary<string, string> Scopes, IReadOnlyDictionary<string, string> Fields, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, uint Version);

internal sealed record RoleInput(string? Name, string? Description, List<string>? Permissions, Dictionary<string, string>? Scopes, Dictionary<string, string>? Fields);

internal sealed record BranchRecord(Guid Id, string Name, string? City, int? ProvinceId, bool Active, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, uint Version);

internal sealed record BranchInput(string? Name, string? City, int? ProvinceId);

internal sealed class UsersApi : IApiEndpoints
{
    public void Map(RouteGroupBuilder api)
    {
        var users = api.MapGroup("/users").WithTags("Users");
        users.MapGet("/me", Me).SignedIn();
        users.MapGet("/", ListAsync).Requires(PlatformPermissions.ManageUsers);
        users.MapPost("/", AddAsync).Requires(PlatformPermissions.ManageUsers).Gives(typeof(UserRecord), StatusCodes.Status201Created);
        users.MapGet("/{id:guid}", GetAsync).Requires(PlatformPermissions.ManageUsers).Gives(typeof(UserRecord));
        users.MapPatch("/{id:guid}", ChangeAsync).Requires(PlatformPermissions.ManageUsers).Takes(typeof(UserInput)).Gives(typeof(UserRecord));
        // Users are never deleted, since their work stays; they are deactivated.
        users.MapDelete("/{id:guid}", async (Guid id, IMediator mediator, CancellationToken ct) =>
        {
            await mediator.Send(new SetUserActiveCommand(id, false), ct);
            return TypedResults.NoContent();
        }).Requires(PlatformPermissions.ManageUsers);
        users.MapPost("/{id:guid}/activate", async (Guid id, IMediator mediator, PlatformDb db, HttpContext context, CancellationToken ct) =>
        {
            await mediator.Send(new SetUserActiveCommand(id, true), ct);
            return await GetAsync(id, db, context, ct);
        }).Requires(PlatformPermissions.ManageUsers);
        users.MapPost("/{id:guid}/set-password", async (Guid id, PasswordInput body, IMediator mediator, CancellationToken ct) =>
        {
            await mediator.Send(new SetUserPasswordCommand { Id = id, Password = body.Password }, ct);
            return TypedResults.NoContent();
        }).Requires(PlatformPermissions.ManageUsers);
    }

    private static MeRecord Me(ICurrentUser me, IEnumerable<IPermissionSource> permissions)
    {
        var a = me.Access!;
        return new(a.Id, a.UserName, a.Name, a.RoleIds, a.IsAdministrator, [.. permissions.SelectMany(p => p.Permissions).Select(p => p.Key).Where(a.Can).Order(StringComparer.Ordinal)], a.HomeBranch, a.SeesAllBranches, a.Branches, a.Language, a.Calendar == CalendarKind.Jalali ? "jalali" : "gregorian", a.TimeZone);
    }

    private static async Task<ApiPage<UserRecord>> ListAsync(ApiQuery query, PlatformDb db, CancellationToken ct)
    {
        query.OnlyFilters("active", "roleId");
        var (sort, descending) = query.Order("userName", "createdAt");
        var users = db.Users.AsNoTracking();
        if (query.Q is { Length: > 0 } q)
        {
            var folded = PersianText.Fold(q);
            // Names are few; folding them in the database would need a function of its own for nothing.
            var ids = (await db.Users.Select(u => new { u.Id, u.Name, u.UserName }).ToListAsync(ct)).Where(u => PersianText.Fold(u.Name + " " + u.UserName).Contains(folded, StringComparison.Ordinal)).Select(u => u.Id).ToArray();
            users = users.Where(u => ids.Contains(u.Id));
        }

        if (query.Filters.TryGetValue("active", out var active))
        {
            if (!bool.TryParse(active, out var on)) throw new InvalidInput("filter[active]", "Choose one of the list.");
            users = users.Where(u => u.Active == on);
        }

        if (query.Filters.TryGetValue("roleId", out var role))
        {
            if (!Guid.TryParse(role, out var roleId)) throw new InvalidInput("filter[roleId]", "Choose one of the list.");
            users = users.Where(u => u.RoleIds.Contains(roleId));
        }

        var total = query.CountExact ? await users.LongCountAsync(ct) : (long?)null;
        if (sort == "createdAt")
        {
            if (query.AfterKey<Guid>("i") is { } last) users = descending ? users.Where(u => u.Id < last) : users.Where(u => u.Id > last);
            users = descending ? users.OrderByDescending(u => u.Id) : users.OrderBy(u => u.Id);
        }
        else
        {
            if (query.AfterText("u") is { } last) users = descending ? users.Where(u => u.UserName.CompareTo(last) < 0) : users.Where(u => u.UserName.CompareTo(last) > 0);
            users = descending ? users.OrderByDescending(u => u.UserName) : users.OrderBy(u => u.UserName);
        }

        var items = await Records(users).Take(query.Size + 1).ToListAsync(ct);
        string? next = null;
        if (items.Count > query.Size)
        {
            items.RemoveAt(query.Size);
            next = Cursor.Encode(sort == "createdAt" ? new() { ["i"] = items[^1].Id } : new() { ["u"] = items[^1].UserName });
        }

        return new(items, next, total);
    }

    private static async Task<IResult> AddAsync(UserInput body, IMediator mediator, PlatformDb db, ICurrentUser me, HttpContext context, CancellationToken ct)
    {
        var id = await mediator.Send(new AddUserCommand
        {
            UserName = body.UserName ?? "", Name = PersianText.Clean(body.Name) ?? "", Email = PersianText.Clean(body.Email), Mobile = PersianText.Clean(body.Mobile), Password = body.Password,
            BranchId = body.BranchId ?? me.HomeBranch, BranchIds = body.BranchIds ?? [], SeesAllBranches = body.SeesAllBranches ?? false, RoleIds = body.RoleIds ?? [], Language = body.Language ?? "fa",
        }, ct);
        var record = await FindAsync(id, db, ct);
        return ApiExtensions.Created(context, $"/api/v1/users/{id}", record, record.Version);
    }

    private static async Task<IResult> GetAsync(Guid id, PlatformDb db, HttpContext context, CancellationToken ct)
    {
        var record = await FindAsync(id, db, ct);
        return ApiExtensions.Record(context, record, record.Version);
    }

    private static async Task<IResult> ChangeAsync(Guid id, Patch patch, IMediator mediator, PlatformDb db, HttpContext context, CancellationToken ct)
    {
        var was = await FindAsync(id, db, ct);
        await mediator.Send(new EditUserCommand
        {
            Id = id, Version = context.Request.IfMatch(was.Version), Name = PersianText.Clean(patch.Get("name", was.Name)) ?? "", Email = PersianText.Clean(patch.Get("email", was.Email)), Mobile = PersianText.Clean(patch.Get("mobile", was.Mobile)),
            BranchId = patch.Get("branchId", was.BranchId), BranchIds = patch.Get<List<Guid>>("branchIds", [.. was.BranchIds]) ?? [], SeesAllBranches = patch.Get("seesAllBranches", was.SeesAllBranches),
            RoleIds = patch.Get<List<Guid>>("roleIds", [.. was.RoleIds]) ?? [], ProvinceIds = patch.Get<List<int>>("provinceIds", [.. was.ProvinceIds]) ?? [],
        }, ct);
        return await GetAsync(id, db, context, ct);
    }

    private static async Task<UserRecord> FindAsync(Guid id, PlatformDb db, CancellationToken ct) =>
        await Records(db.Users.AsNoTracking().Where(u => u.Id == id)).FirstOrDefaultAsync(ct) ?? throw new NotFound("user", id);

    private static IQueryable<UserRecord> Records(IQueryable<User> users) => users.Select(u => new UserRecord(
        u.Id, u.UserName, u.Name, u.Email, u.Mobile, u.Active, u.BranchId, u.BranchIds, u.SeesAllBranches, u.RoleIds, u.ProvinceIds, u.Language, u.Calendar == CalendarKind.Jalali ? "jalali" : "gregorian", u.TimeZone, u.CreatedAt, u.UpdatedAt, u.Version));
}

internal sealed class RolesApi : IApiEndpoints
{
    public void Map(RouteGroupBuilder api)
    {
        var roles = api.MapGroup("/roles").WithTags("Roles");
        roles.MapGet("/", async (ApiQuery query, PlatformDb db, CancellationToken ct) => FewRecords.Page(query, await Records(db.Roles.AsNoTracking()).ToListAsync(ct), r => r.Id, r => r.Name)).Requires(PlatformPermissions.ManageRoles);
        roles.MapGet("/{id:guid}", GetAsync).Requires(PlatformPermissions.ManageRoles).Gives(typeof(RoleRecord));
        roles.MapPost("/", async (RoleInput body, IMediator mediator, PlatformDb db, HttpContext context, CancellationToken ct) =>
        {
            var id = await mediator.Send(new SaveRoleCommand { Name = PersianText.Clean(body.Name) ?? "", Description = PersianText.Clean(body.Description), Permissions = body.Permissions ?? [], Scopes = RoleWords.Read<Scopes>(body.Scopes, "scopes"), Fields = RoleWords.Read<FieldRule>(body.Fields, "fields") }, ct);
            var record = await FindAsync(id, db, ct);
            return ApiExtensions.Created(context, $"/api/v1/roles/{id}", record, record.Version);
        }).Requires(PlatformPermissions.ManageRoles).Gives(typeof(RoleRecord), StatusCodes.Status201Created);
        roles.MapPatch("/{id:guid}", async (Guid id, Patch patch, IMediator mediator, PlatformDb db, HttpContext context, CancellationToken ct) =>
        {
            var was = await FindAsync(id, db, ct);
            var permissions = patch.Get<List<string>>("permissions", [.. was.Permissions]) ?? [];
            // A scope gives its permission: one that stands there from before must not bring back what was just taken away.
            var scopes = patch.Has("scopes") ? patch.Get<Dictionary<string, string>>("scopes", null) : was.Scopes.Where(s => permissions.Contains(s.Key)).ToDictionary();
            await mediator.Send(new SaveRoleCommand
            {
                Id = id, Version = context.Request.IfMatch(was.Version), Name = PersianText.Clean(patch.Get("name", was.Name)) ?? "", Description = PersianText.Clean(patch.Get("description", was.Description)),
                Permissions = permissions, Scopes = RoleWords.Read<Scopes>(scopes, "scopes"), Fields = RoleWords.Read<FieldRule>(patch.Get("fields", was.Fields.ToDictionary()), "fields"),
            }, ct);
            return await GetAsync(id, db, context, ct);
        }).Requires(PlatformPermissions.ManageRoles).Takes(typeof(RoleInput)).Gives(typeof(RoleRecord));
        roles.MapDelete("/{id:guid}", async (Guid id, IMediator mediator, CancellationToken ct) =>
        {
            await mediator.Send(new DeleteRoleCommand(id), ct);
            return TypedResults.NoContent();
        }).Requires(PlatformPermissions.ManageRoles);
        api.MapGet("/permissions", (IEnumerable<IPermissionSource> sources) => new ApiPage<Permission>([.. sources.SelectMany(s => s.Permissions).Select(p => p with { Title = Texts.Get(p.Title) })], null))
            .WithTags("Roles").Requires(PlatformPermissions.ManageRoles);
    }

    private static async Task<IResult> GetAsync(Guid id, PlatformDb db, HttpContext context, CancellationToken ct)
    {
        var record = await FindAsync(id, db, ct);
        return ApiExtensions.Record(context, record, record.Version);
    }

    private static async Task<RoleRecord> FindAsync(Guid id, PlatformDb db, CancellationToken ct) =>
        await Records(db.Roles.AsNoTracking().Where(r => r.Id == id)).FirstOrDefaultAsync(ct) ?? throw new NotFound("role", id);

    private static IQueryable<RoleRecord> Records(IQueryable<Role> roles) => roles.Select(r => new RoleRecord(r.Id, r.Name, r.Description, r.IsAdministrator, r.Permissions, RoleWords.Write(r.Scopes), RoleWords.Write(r.Fields), r.CreatedAt, r.UpdatedAt, r.Version));
}

/// <summary>Scopes and field rules in the spelling of the API.</summary>
internal static class RoleWords
{
    public static IReadOnlyDictionary<string, string> Write(List<string> lines) =>
        lines.Select(l => l.Split('=')).Where(p => p.Length == 2).ToDictionary(p => p[0], p => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(p[1]), StringComparer.Ordinal);

    public static Dictionary<string, T> Read<T>(Dictionary<string, string>? words, string field) where T : struct, Enum =>
        (words ?? []).ToDictionary(w => w.Key, w => Enum.GetNames<T>().FirstOrDefault(n => string.Equals(n, w.Value, StringComparison.OrdinalIgnoreCase)) is { } name ? Enum.Parse<T>(name) : throw new InvalidInput(field, "Choose one of the list."), StringComparer.Ordinal);
}

internal sealed class BranchesApi : IApiEndpoints
{
    public void Map(RouteGroupBuilder api)
    {
        var branches = api.MapGroup("/branches").WithTags("Branches");
        // Everybody may know which branches there are; only the names of closed ones are of no use to most.
        branches.MapGet("/", async (ApiQuery query, PlatformDb db, CancellationToken ct) => FewRecords.Page(query, await Records(db.Branches.AsNoTracking()).ToListAsync(ct), b => b.Id, b => b.Name)).SignedIn();
        branches.MapGet("/{id:guid}", GetAsync).SignedIn().Gives(typeof(BranchRecord));
        branches.MapPost("/", async (BranchInput body, IMediator mediator, PlatformDb db, HttpContext context, CancellationToken ct) =>
        {
            var id = await mediator.Send(new SaveBranchCommand { Name = PersianText.Clean(body.Name) ?? "", City = PersianText.Clean(body.City), ProvinceId = body.ProvinceId }, ct);
            var record = await FindAsync(id, db, ct);
            return ApiExtensions.Created(context, $"/api/v1/branches/{id}", record, record.Version);
        }).Requires(PlatformPermissions.ManageBranches).Gives(typeof(BranchRecord), StatusCodes.Status201Created);
        branches.MapPatch("/{id:guid}", async (Guid id, Patch patch, IMediator mediator, PlatformDb db, HttpContext context, CancellationToken ct) =>
        {
            var was = await FindAsync(id, db, ct);
            await mediator.Send(new SaveBranchCommand { Id = id, Version = context.Request.IfMatch(was.Version), Name = PersianText.Clean(patch.Get("name", was.Name)) ?? "", City = PersianText.Clean(patch.Get("city", was.City)), ProvinceId = patch.Get("provinceId", was.ProvinceId) }, ct);
            return await GetAsync(id, db, context, ct);
        }).Requires(PlatformPermissions.ManageBranches).Takes(typeof(BranchInput)).Gives(typeof(BranchRecord));
        foreach (var (verb, active) in ((string, bool)[])[("close", false), ("open", true)])
        {
            branches.MapPost("/{id:guid}/" + verb, async (Guid id, IMediator mediator, PlatformDb db, HttpContext context, CancellationToken ct) =>
            {
                await mediator.Send(new SetBranchActiveCommand(id, active), ct);
                return await GetAsync(id, db, context, ct);
            }).Requires(PlatformPermissions.ManageBranches);
        }
    }

    private static async Task<IResult> GetAsync(Guid id, PlatformDb db, HttpContext context, CancellationToken ct)
    {
        var record = await FindAsync(id, db, ct);
        return ApiExtensions.Record(context, record, record.Version);
    }

    private static async Task<BranchRecord> FindAsync(Guid id, PlatformDb db, CancellationToken ct) =>
        await Records(db.Branches.AsNoTracking().Where(b => b.Id == id)).FirstOrDefaultAsync(ct) ?? throw new NotFound("branch", id);

    private static IQueryable<BranchRecord> Records(IQueryable<Branch> branches) => branches.Select(b => new BranchRecord(b.Id, b.Name, b.City, b.ProvinceId, b.Active, b.CreatedAt, b.UpdatedAt, b.Version));
}
