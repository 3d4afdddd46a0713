// Bad examples: each rule must find what stands here for it. They are not part of the application.
#pragma warning disable CA1822, CA2016, xUnit1000
using System.Globalization;
using Crm.Core;
using Dapper;
using FluentValidation;
using MediatR;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Crm.ArchitectureTests.Violators.Rule02
{
    public sealed class ContractWithBehaviour
    {
        public int Twice(int x) => 2 * x;
    }

    public record OpenContractRecord(int X);

    internal sealed record HiddenContractRecord(int X);

    public sealed record GoodContractRecord(int X);

    public interface IGoodContract;

    public enum GoodKind
    {
        One,
    }
}

namespace Crm.ArchitectureTests.Violators.Rule04
{
    internal sealed class SecondTypeOfHost;
}

namespace Crm.ArchitectureTests.Violators.Rule05
{
    public sealed class PublicService;

    internal class DerivableService;

    internal abstract class GoodBase;

    internal static class GoodWords;
}

namespace Crm.ArchitectureTests.Violators.Rule06
{
    internal sealed class BadDb : DbContext;

    internal sealed class Saver(BadDb db, NpgsqlConnection connection)
    {
        public async Task SaveAsync()
        {
            await Task.Yield();
            await db.SaveChangesAsync();
        }

        public Func<Task> InLambda() => async () => await db.SaveChangesAsync();

        public Task OuterAsync()
        {
            return InLocalFunctionAsync();

            async Task InLocalFunctionAsync() => await db.Database.BeginTransactionAsync();
        }

        public async Task Sql()
        {
            await using var command = new NpgsqlCommand("select 1", connection);
            await command.ExecuteNonQueryAsync();
        }

        public Task<int> WithDapper() => connection.ExecuteAsync("select 1");

        [Crm.Data.BypassesSave("A good reason that is long enough.")]
        public Task ExcusedAsync() => db.SaveChangesAsync();
    }
}

namespace Crm.ArchitectureTests.Violators.Rule07
{
    internal sealed class ForeignDb : DbContext;

    internal sealed record BadCommand : ICommand;

    internal sealed class BadHandler(IMediator mediator, ForeignDb db, IServiceProvider services, TimeProvider time) : IRequestHandler<BadCommand, Unit>
    {
        public Task<Unit> Handle(BadCommand request, CancellationToken cancellationToken) => Task.FromResult(mediator is null || db is null || services is null || time is null ? Unit.Value : Unit.Value);
    }

    internal sealed class BadPage(IMediator mediator, ForeignDb db) : PageModel
    {
        public bool Any => mediator is not null && db is not null;
    }
}

namespace Crm.ArchitectureTests.Violators.Rule09
{
    internal sealed class SilentPage : PageModel;

    [SignedIn]
    internal sealed class GoodPage : PageModel;

    [Requires("contacts.see")]
    internal sealed class ForeignRightPage : PageModel
    {
        [Requires("contacts.delete")]
        public void OnPostDelete()
        {
        }
    }

    internal sealed record SilentCommand : ICommand;

    [Requires("sales.see")]
    internal sealed record GoodCommand : ICommand;
}

namespace Crm.ArchitectureTests.Violators.Rule10
{
    internal sealed record OrphanCommand : ICommand;

    internal sealed record TwiceCommand : ICommand
    {
        public string Name { get; init; } = "";
    }

    internal sealed class TwiceHandler : IRequestHandler<TwiceCommand, Unit>
    {
        public Task<Unit> Handle(TwiceCommand request, CancellationToken cancellationToken) => Task.FromResult(Unit.Value);
    }

    internal sealed class SecondHandler : IRequestHandler<TwiceCommand, Unit>
    {
        public Task<Unit> Handle(TwiceCommand request, CancellationToken cancellationToken) => Task.FromResult(Unit.Value);
    }

    internal sealed record OddCommand : ICommand
    {
        public string Name { get; init; } = "";
    }

    internal sealed class OddChecks : AbstractValidator<OddCommand>;

    internal sealed class OddHandler : IRequestHandler<OddCommand, Unit>
    {
        public Task<Unit> Handle(OddCommand request, CancellationToken cancellationToken) => Task.FromResult(Unit.Value);
    }
}

namespace Crm.ArchitectureTests.Violators.Rule11
{
    internal sealed class BadThing : IBranchScoped, ISoftDeletable
    {
        public Guid Id { get; init; }

        public string Name { get; init; } = "";

        public int Code { get; init; }

        public Guid BranchId { get; init; }

        public DateTimeOffset? DeletedAt { get; init; }

        public Guid? DeletedBy { get; init; }

        public Guid? DeletionId { get; init; }

        public Elsewhere? Elsewhere { get; init; }
    }

    internal sealed class Elsewhere
    {
        public Guid Id { get; init; }
    }

    internal sealed class BadDb : DbContext
    {
        protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.UseNpgsql("Host=nowhere");

        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            modelBuilder.HasDefaultSchema("bad");
            modelBuilder.Entity<BadThing>().ToTable("bad_things").HasIndex(t => t.Code).IsUnique().HasDatabaseName("ux_bad_things_code");
            modelBuilder.Entity<Elsewhere>().ToTable("elsewhere", "other");
        }
    }
}

namespace Crm.ArchitectureTests.Violators.Rule12
{
    internal sealed class Timely
    {
        public string All(string text, decimal amount) =>
            $"{DateTime.Now:O}{DateTime.UtcNow:O}{DateTime.Today:O}{DateTimeOffset.Now:O}{DateTimeOffset.UtcNow:O}{Guid.NewGuid()}{CultureInfo.CurrentCulture.Name}"
            + int.Parse(text) + DateTime.TryParse(text, out _) + amount.ToString() + int.Parse(text, CultureInfo.InvariantCulture);
    }
}

namespace Crm.ArchitectureTests.Violators.Rule13
{
    public sealed record NamelessEvent(Guid Id) : IntegrationEvent;

    [EventName("same.name")]
    public sealed record OneEvent(Guid Id, string? Text, IReadOnlyList<Guid> Users) : IntegrationEvent;

    [EventName("same.name")]
    public sealed record OtherEvent(Guid Id) : IntegrationEvent;

    [EventName("forgets")]
    public sealed record ForgetfulEvent(Guid Id) : IntegrationEvent
    {
        [System.Text.Json.Serialization.JsonIgnore]
        public DateTimeOffset At { get; init; } = DateTimeOffset.FromUnixTimeSeconds(Interlocked.Increment(ref s_count));

        private static int s_count;
    }

    public sealed record NoInput;

    [Activity("Bad.Same", Title = "x")]
    internal sealed class OneActivity : Activity<NoInput>
    {
        public static readonly Outcome Done = Outcome.Done;
        public static readonly Outcome Maybe = new("Maybe");

        public override IReadOnlyList<Outcome> Outcomes => [Done];

        protected override async Task<ActivityResult> RunAsync(NoInput input, ActivityContext context, CancellationToken ct)
        {
            await Task.Yield();
            return context.JobNumber switch { 1 => ActivityResult.Go(Maybe), 2 => ActivityResult.Go(new Outcome("Invented")), _ => ActivityResult.Go(Done) };
        }
    }

    [Activity("Bad.Same", Title = "x")]
    internal sealed class OtherActivity : Activity<NoInput>
    {
        public override IReadOnlyList<Outcome> Outcomes => [Outcome.Done];

        protected override Task<ActivityResult> RunAsync(NoInput input, ActivityContext context, CancellationToken ct) => Task.FromResult(ActivityResult.Go(Outcome.Done));
    }

    internal sealed class NamelessActivity : Activity<NoInput>
    {
        public override IReadOnlyList<Outcome> Outcomes => [Outcome.Done];

        protected override Task<ActivityResult> RunAsync(NoInput input, ActivityContext context, CancellationToken ct) => Task.FromResult(ActivityResult.Go(Outcome.Done));
    }
}

namespace Crm.ArchitectureTests.Violators.Rule14
{
    public sealed record UntranslatedInput
    {
        [Input("An input nobody translated")]
        public string? Text { get; set; }
    }

    [Activity("Bad.Titled", Title = "A title nobody translated", Category = "Nobody's")]
    internal sealed class TitledActivity : Activity<UntranslatedInput>
    {
        public static readonly Outcome Sideways = new("Sideways");

        public override IReadOnlyList<Outcome> Outcomes => [Sideways];

        protected override Task<ActivityResult> RunAsync(UntranslatedInput input, ActivityContext context, CancellationToken ct) => Task.FromResult(ActivityResult.Go(Sideways));
    }
}
