using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Core;

/// <summary>One business module. Found by the scan of the application's assemblies; registers its own database context and what the scan cannot find.</summary>
public interface IModule
{
    /// <summary>Short name: the schema in lower case, the first segment of its routes, the folder in <c>Modules/</c>.</summary>
    string Name { get; }

    /// <summary>Registers what is not found by the scan.</summary>
    void AddServices(IServiceCollection services, IConfiguration configuration);
}

/// <summary>An entry of the start-side menu or of the «new» menu.</summary>
/// <param name="Group">Menu group: an English sentence (translation key), for example <c>Contacts</c>.</param>
/// <param name="Order">Place within all entries.</param>
/// <param name="Title">English sentence (translation key).</param>
/// <param name="Url">Absolute path.</param>
/// <param name="Icon">Name of a Tabler icon without the <c>ti-</c>.</param>
/// <param name="Permission">Who may see it; null for everybody who is signed in.</param>
/// <param name="Place">Where it stands.</param>
/// <param name="Key">A physical key for <c>g</c> + key (menu) as in <c>KeyboardEvent.code</c>, e.g. <c>KeyC</c>; null for none.</param>
public sealed record MenuItem(string Group, int Order, string Title, string Url, string Icon, string? Permission, MenuPlace Place = MenuPlace.Side, string? Key = null);

/// <summary>Where a menu entry stands.</summary>
public enum MenuPlace
{
    /// <summary>The menu at the start side.</summary>
    Side,

    /// <summary>The «new» menu of the top bar.</summary>
    New,

    /// <summary>Settings, shown in the settings group.</summary>
    Settings,
}

/// <summary>Contributes menu entries.</summary>
public interface IMenuSource
{
    /// <summary>All entries of the module; the shell leaves out what the user may not see.</summary>
    IEnumerable<MenuItem> Items { get; }
}

/// <summary>Demo data of one module, added to an empty database. Runs as system.</summary>
public interface IDemoSeed
{
    /// <summary>Order among modules: users 0, base data 10, contacts 20, templates 30, routines 40, jobs 50.</summary>
    int Order { get; }

    /// <summary>Adds the data; does nothing where there is some already.</summary>
    Task SeedAsync(CancellationToken ct);
}

/// <summary>Realistic bulk data for load tests, by binary COPY (command <c>seed --contacts N</c>).</summary>
public interface IBulkSeed
{
    /// <summary>Name of the option, for example <c>contacts</c>.</summary>
    string Option { get; }

    /// <summary>Order among the options of one command.</summary>
    int Order { get; }

    /// <summary>Adds <paramref name="count"/> records; the same seed makes the same data. Returns rows written.</summary>
    Task<long> SeedAsync(int count, int seed, CancellationToken ct);
}

/// <summary>Verifies an invariant of a module (command <c>check</c>).</summary>
public interface ICheck
{
    /// <summary>What is verified, one English sentence.</summary>
    string Title { get; }

    /// <summary>One line per finding; nothing when all is well.</summary>
    IAsyncEnumerable<string> FindAsync(CancellationToken ct);
}

/// <summary>A job on a schedule, run by one host of the cluster at a time.</summary>
public interface IScheduledJob
{
    /// <summary>Stable key: module.verb.</summary>
    string Key { get; }

    /// <summary>Quartz cron expression (seconds first), in UTC.</summary>
    string Cron { get; }

    /// <summary>One run. Must be safe to repeat.</summary>
    Task RunAsync(CancellationToken ct);
}

/// <summary>What an empty database needs to be worked with at all (administrator, lists of base data). Runs once per key, at start, as the system.</summary>
[Contribution]
public interface IInitialData
{
    /// <summary>Stable key; a new key runs once on existing databases too.</summary>
    string Key { get; }

    /// <summary>Order among modules, as in <see cref="IDemoSeed"/>.</summary>
    int Order { get; }

    /// <summary>Adds the data.</summary>
    Task AddAsync(CancellationToken ct);
}
