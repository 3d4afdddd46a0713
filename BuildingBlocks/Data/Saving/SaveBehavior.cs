using System.Reflection;
using System.Text.Json;
using Crm.Core;
using Dapper;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Crm.Data;

/// <summary>The code below saves by itself or writes SQL; says why the one save of the pipeline does not do.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class BypassesSaveAttribute(string why) : Attribute
{
    /// <summary>The reason.</summary>
    public string Why { get; } = why;
}

/// <summary>On a command: a unique index that a person can run into, the field it belongs to and what to say.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class UniqueAttribute(string index, string field, string message) : Attribute
{
    /// <summary>Name of the index.</summary>
    public string Index { get; } = index;

    /// <summary>Property of the command.</summary>
    public string Field { get; } = field;

    /// <summary>English sentence (translation key).</summary>
    public string Message { get; } = message;
}

/// <summary>Which context belongs to which module's assembly.</summary>
public sealed class ModuleDbs(IEnumerable<ModuleDbRegistration> registrations)
{
    private readonly Dictionary<Assembly, Type> _byAssembly = registrations.ToDictionary(r => r.Context.Assembly, r => r.Context);

    /// <summary>All contexts.</summary>
    public IEnumerable<Type> All => _byAssembly.Values;

    /// <summary>The context of the module that the type belongs to.</summary>
    /// <exception cref="InvalidOperationException">The assembly registered none.</exception>
    public ModuleDb Of(Type type, IServiceProvider services) => _byAssembly.TryGetValue(type.Assembly, out var context)
        ? (ModuleDb)services.GetRequiredService(context)
        : throw new InvalidOperationException($"{type.Assembly.GetName().Name} has no database context, so {type.Name} has nowhere to save.");
}

/// <summary>Made by <c>AddModuleDb</c>.</summary>
public sealed record ModuleDbRegistration(Type Context, string Schema);

/// <summary>Saves once per command, after the handler: data, audit, search entry and outbox in one transaction.</summary>
public sealed class SaveBehavior<TRequest, TResponse>(ModuleDbs dbs, ModuleScope scope, IdempotentRequest repeatable, IServiceProvider services) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : ICommand<TResponse>
{
    private static readonly UniqueAttribute[] s_unique = [.. typeof(TRequest).GetCustomAttributes<UniqueAttribute>()];

    /// <inheritdoc/>
    public async Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        scope.Command = typeof(TRequest).Name.Replace("Command", "", StringComparison.Ordinal);
        var db = dbs.Of(typeof(TRequest), services);
        var response = await next();
        try
        {
            if (repeatable.IsActive) await SaveOnceAsync(db, response, cancellationToken);
            else await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateConcurrencyException e)
        {
            throw await StaleAsync(e.Entries.Count > 0 ? e.Entries[0] : null, cancellationToken);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } violation
                                          && s_unique.FirstOrDefault(u => u.Index == violation.ConstraintName) is { } unique)
        {
            throw new InvalidInput(unique.Field, unique.Message);
        }

        return response;
    }

    // Who saved it meanwhile is the last one in its history.
    private async Task<StaleRecord> StaleAsync(EntityEntry? entry, CancellationToken ct)
    {
        if (entry?.Entity is not Entity { Id: var id }) return new(entry?.Metadata.ClrType.Name ?? "record");
        await using var connection = await services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(ct);
        var (by, name) = await connection.QueryFirstOrDefaultAsync<(Guid? Id, string? Name)>(new CommandDefinition(
            "select user_id, user_name from platform.audit where entity_id = @id or root_id = @id order by at desc, id desc limit 1", new { id }, cancellationToken: ct));
        return new(entry.Metadata.ClrType.Name, id, name, own: by is not null && by == scope.User.Id);
    }

    // The effect and the note that it happened are one transaction: whatever dies after it, a repeat of the request finds the note.
    private async Task SaveOnceAsync(ModuleDb db, TResponse response, CancellationToken ct)
    {
        await using var own = db.Database.CurrentTransaction is null ? await db.Database.BeginTransactionAsync(ct) : null;
        await db.SaveChangesAsync(ct);
        await IdempotencyStore.NoteAsync(db, repeatable, new KeptEffect(typeof(TRequest).Name, JsonSerializer.Serialize(response)), ct);
        if (own is null) return;
        await own.CommitAsync(ct);
        scope.Signal.Pulse();
    }
}
