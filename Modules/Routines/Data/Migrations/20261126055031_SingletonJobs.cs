using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Routines.Data.Migrations
{
    /// <inheritdoc />
    public partial class SingletonJobs : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "after",
                schema: "routines",
                table: "triggers",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "singleton_key",
                schema: "routines",
                table: "jobs",
                type: "character varying(400)",
                maxLength: 400,
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_jobs_correlation_id",
                schema: "routines",
                table: "jobs",
                column: "correlation_id",
                filter: "correlation_id is not null and ended_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_jobs_routine_id",
                schema: "routines",
                table: "jobs",
                column: "routine_id",
                filter: "ended_at is null");

            migrationBuilder.CreateIndex(
                name: "ux_jobs_singleton_key",
                schema: "routines",
                table: "jobs",
                column: "singleton_key",
                unique: true,
                filter: "singleton_key is not null and ended_at is null");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_jobs_correlation_id",
                schema: "routines",
                table: "jobs");

            migrationBuilder.DropIndex(
                name: "ix_jobs_routine_id",
                schema: "routines",
                table: "jobs");

            migrationBuilder.DropIndex(
                name: "ux_jobs_singleton_key",
                schema: "routines",
                table: "jobs");

            migrationBuilder.DropColumn(
                name: "after",
                schema: "routines",
                table: "triggers");

            migrationBuilder.DropColumn(
                name: "singleton_key",
                schema: "routines",
                table: "jobs");
        }
    }
}
