using Microsoft.EntityFrameworkCore;

namespace Crm.LoadTests;

/// <summary>The floor: a bare Razor + EF application over the same rows. No shell, no rights, no texts. F-list, F-record, and «hello».</summary>
internal static class ProbeApp
{
    public static Task RunAsync(string connectionString, string url)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        builder.Services.AddRazorPages(o => o.RootDirectory = "/Probe/Pages");
        builder.Services.AddDbContextPool<ProbeDb>(o => o.UseNpgsql(connectionString));
        var app = builder.Build();
        app.MapRazorPages();
        app.MapGet("/hello", () => "hello");
        return app.RunAsync();
    }
}

/// <summary>Only the columns that the bare pages show.</summary>
public sealed class ProbeDb(DbContextOptions<ProbeDb> options) : DbContext(options)
{
    public DbSet<ProbeContact> Contacts => Set<ProbeContact>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<ProbeContact>(b =>
    {
        b.ToTable("contacts", "contacts");
        b.Property(c => c.Id).HasColumnName("id");
        b.Property(c => c.Number).HasColumnName("number");
        b.Property(c => c.Name).HasColumnName("name");
        b.Property(c => c.MainPhone).HasColumnName("main_phone");
        b.Property(c => c.UpdatedAt).HasColumnName("updated_at");
        b.Property(c => c.DeletedAt).HasColumnName("deleted_at");
        // As in ours: the index by number is of what is not deleted.
        b.HasQueryFilter(c => c.DeletedAt == null);
    });
}

public sealed class ProbeContact
{
    public Guid Id { get; init; }

    public long Number { get; init; }

    public string Name { get; init; } = "";

    public string? MainPhone { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }
}
